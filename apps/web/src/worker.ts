/** Runs in the worker. Images and models stay here, outside of the page's own thread. */

import type { Calls, Reply, Request } from "./protocol.ts";
import { open, predict, trial } from "./session.ts";

const calls: Calls = { open, trial, predict };
let last: Promise<unknown> = Promise.resolve();

// Calls run one after another, because a model's memory holds only one run.
self.addEventListener("message", ({ data }: MessageEvent<Request>) => {
  last = last.then(() => reply(data));
});

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
