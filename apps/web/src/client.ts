/** The worker, as the page sees it. */

import type { Calls, Reply } from "./protocol.ts";
import { Refusal } from "./refusal.ts";
import workerUrl from "./worker.ts?worker&url";

type Settle = (reply: Reply) => void;

const waiting = new Map<number, Settle>();
const worker = start();
let lastId = 0;

/** Return what the worker's function answers; throws Refusal with what it threw. */
export function call<Name extends keyof Calls>(
  name: Name,
  args: Parameters<Calls[Name]>,
  transfer: Transferable[] = [],
): Promise<Awaited<ReturnType<Calls[Name]>>> {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, (reply) => {
      if ("error" in reply) {
        reject(new Refusal(reply.error));
      } else {
        resolve(reply.value as Awaited<ReturnType<Calls[Name]>>);
      }
    });
    worker.postMessage({ id, name, args }, transfer);
  });
}

function start(): Worker {
  // A worker from an address has no policy but its server's headers, and it is the worker that sees
  // images. One from a blob inherits the page's: what the page cannot connect to, it cannot either.
  const code = `import ${JSON.stringify(new URL(workerUrl, location.href).href)};`;
  const blob = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const started = new Worker(blob, { type: "module" });
  started.onmessage = ({ data }: MessageEvent<Reply>) => settle(data);
  started.onerror = () => {
    for (const id of [...waiting.keys()]) {
      settle({ id, error: "Expected the worker to run, it stopped: reload the page." });
    }
  };
  return started;
}

function settle(reply: Reply): void {
  const settleCall = waiting.get(reply.id);
  waiting.delete(reply.id);
  settleCall?.(reply);
}
