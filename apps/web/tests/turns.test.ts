import { expect, test } from "vitest";
import { inTurn, whenIdle } from "../src/turns.ts";

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("work waits for the work before it, also if that fails", async () => {
  const order: string[] = [];
  const failing = inTurn(async () => {
    await wait(5);
    order.push("first");
    throw new Error("Expected nothing, it failed.");
  });
  const second = inTurn(async () => order.push("second"));
  await expect(failing).rejects.toThrow("it failed");
  await second;
  expect(order).toEqual(["first", "second"]);
});

test("a call that comes during long work runs before its next piece", async () => {
  const order: string[] = [];
  const long = (async () => {
    for (const piece of ["piece 1", "piece 2", "piece 3"]) {
      await whenIdle(async () => {
        await wait(20);
        order.push(piece);
      });
    }
  })();
  await wait(10);
  await inTurn(async () => order.push("call"));
  await long;
  expect(order).toEqual(["piece 1", "call", "piece 2", "piece 3"]);
});
