/** Runs a model that keeps a state on each input as if it were the first one. */

import type { Engine } from "./engine.ts";

/**
 * Return an engine that opens the model anew for each input, for a library without a call that sets
 * a model's variables to zero. Throws what `open` throws.
 */
export async function openedAnew(open: () => Promise<Engine>): Promise<Engine> {
  let next: Engine | null = await open();
  return {
    run: async (inputs) => {
      const model = next ?? (await open());
      next = null;
      try {
        return await model.run(inputs);
      } finally {
        await model.close();
      }
    },
    close: async () => {
      await next?.close();
      next = null;
    },
  };
}
