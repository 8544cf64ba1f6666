import { describe, expect, test } from "vitest";
import { settledMs } from "../src/settling.ts";

/** Return a model on a clock of its own, which only a run moves on, by `runMs` of the time. */
function fake(runMs: (nowMs: number) => number) {
  let clock = 0;
  let batches = 0;
  return {
    run: async () => {
      clock += runMs(clock);
    },
    now: () => clock,
    inTurn: <Result>(batch: () => Promise<Result>) => {
      batches++;
      return batch();
    },
    spent: () => ({ ms: clock, batches }),
  };
}

/** Return the time of a run of a browser that replaces its code at a moment. */
function optimised(atMs: number, before: number, after: number) {
  return (nowMs: number) => (nowMs < atMs ? before : after);
}

describe("a model's latency", () => {
  test.each([100, 250, 300])("is that of the code that is optimised after %d ms", async (at) => {
    expect(await settledMs(fake(optimised(at, 4, 1)))).toBe(1);
  });

  test("ranks a model first that is slower until it is optimised", async () => {
    const [steady, late] = [fake(() => 2), fake(optimised(300, 4, 1))];
    expect(await settledMs(late)).toBeLessThan(await settledMs(steady));
  });

  test("waits for a second gain that comes while the batches still settle", async () => {
    const model = fake((now) => (now < 300 ? 4 : now < 385 ? 2 : 1));
    expect(await settledMs(model)).toBe(1);
  });

  test("is measured after 400 ms of runs if the model does not change", async () => {
    const model = fake(() => 0.0625);
    expect(await settledMs(model)).toBe(0.0625);
    expect(model.spent().ms).toBeGreaterThanOrEqual(400);
    expect(model.spent().ms).toBeLessThan(420);
  });

  test("is that of the model though other programs take most of the processor", async () => {
    // For 40 ms of each 50 ms, a run takes five times as long.
    const model = fake((now) => (now % 50 < 40 ? 5 : 1));
    expect(await settledMs(model)).toBeLessThan(2);
    expect(model.spent().ms).toBeLessThan(900);
  });

  test("ends 3 s after the first run for a model that gains without end", async () => {
    const model = fake((now) => 200 * 0.5 ** (now / 300));
    await settledMs(model);
    expect(model.spent().ms).toBeGreaterThanOrEqual(3000);
    expect(model.spent().ms).toBeLessThan(3020);
  });

  test("of a model of seconds takes one run more than the limit at most", async () => {
    const model = fake(() => 1400);
    expect(await settledMs(model)).toBe(1400);
    expect(model.spent()).toEqual({ ms: 4200, batches: 3 });
  });
});
