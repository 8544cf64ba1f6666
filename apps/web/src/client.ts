/** Calls the functions of the worker. */

import type { Calls, Reply } from "./protocol.ts";
import { Refusal } from "./refusal.ts";
import workerUrl from "./worker.ts?worker&url";

type Settle = (reply: Reply) => void;

const waiting = new Map<number, Settle>();
const worker = start();
let lastId = 0;

/** Return the result of a function of the worker; throws Refusal with the line of its error. */
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
  // The worker sees the images. A worker from an address would have only the policy of its server's
  // headers. A worker from a blob inherits the page's policy, and can connect no further than the
  // page.
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
