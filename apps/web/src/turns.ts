/** Runs pieces of work one after another, because a model's memory holds only one run. */

let last: Promise<unknown> = Promise.resolve();

/** Return the result of `work`, which begins when all work before it has ended. */
export function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const mine = last.then(work);
  last = mine.catch(() => undefined);
  return mine;
}

/** Return the result of `work`, which begins when the calls that wait have run. */
export async function whenIdle<Result>(work: () => Promise<Result>): Promise<Result> {
  // Messages reach a worker only between two tasks.
  await new Promise((resolve) => setTimeout(resolve));
  return inTurn(work);
}
