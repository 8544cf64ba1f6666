/** Runs in the worker. Images and models stay here, outside of the page's own thread. */

import type { Calls, Reply, Request } from "./protocol.ts";
import { open, predict, trial } from "./session.ts";
import { inTurn } from "./turns.ts";

const calls: Calls = {
  open: (...args) => inTurn(() => open(...args)),
  predict: (...args) => inTurn(() => predict(...args)),
  // It takes a turn for each of its pieces.
  trial,
};

self.addEventListener("message", ({ data }: MessageEvent<Request>) => reply(data));

async function reply({ id, name, args }: Request): Promise<void> {
  try {
    const called = calls[name] as (...values: readonly unknown[]) => Promise<unknown>;
    post({ id, value: await called(...args) });
  } catch (error) {
    post({ id, error: (error as Error).message });
  }
}

function post(message: Reply): void {
  self.postMessage(message);
}
