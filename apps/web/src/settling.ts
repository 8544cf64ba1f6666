/** Measures how long a model takes once the browser has optimised its code. */

/** The batch in milliseconds that is aimed at. The clock of such a page has steps of 0.1 ms. */
const BATCH_MS = 10;
/** The shortest batch that the clock can measure well enough. */
const SHORTEST_BATCH_MS = BATCH_MS / 2;
/**
 * The shortest time of runs in milliseconds. Browsers start with code that is compiled fast, and
 * replace it by optimised code after runs of 100 to 300 ms: before that, times look settled too.
 */
const WARM_MS = 400;
/** The longest time of runs in milliseconds, for a model that does not settle. */
const MOST_MS = 3000;
/** The number of batches whose median is compared with the median of as many before them. */
const COMPARED = 5;
/** The share of its time by which a model may still gain when it counts as settled. */
const GAIN = 0.05;

export interface Measured {
  /** Run the model once. */
  readonly run: () => Promise<unknown>;
  /** Return the time in milliseconds from any moment on. */
  readonly now: () => number;
  /** Run a batch when nothing else runs, and return its result. */
  readonly inTurn: <Result>(batch: () => Promise<Result>) => Promise<Result>;
}

/**
 * Return the milliseconds of one run: the median of the last five batches once they have settled.
 *
 * Batches have settled after 400 ms of runs if the median of the last five is at most 5 % below
 * that of the five before. A model that has not settled after 3 s of runs is measured as it is then.
 */
export async function settledMs({ run, now, inTurn }: Measured): Promise<number> {
  const times: number[] = [];
  let runs = 1;
  let spentMs = 0;
  while (spentMs < MOST_MS && !(spentMs >= WARM_MS && hasSettled(times))) {
    const batchMs = await inTurn(async () => {
      const began = now();
      for (let count = 0; count < runs; count++) {
        await run();
      }
      return now() - began;
    });
    spentMs += batchMs;
    if (batchMs >= SHORTEST_BATCH_MS) {
      times.push(batchMs / runs);
    }
    // Optimised code makes batches shorter, so this is asked again after each of them.
    if (batchMs < BATCH_MS) {
      runs *= 2;
    }
  }
  return median(times.slice(-COMPARED));
}

function hasSettled(times: readonly number[]): boolean {
  return (
    times.length >= 2 * COMPARED &&
    median(times.slice(-COMPARED)) >= (1 - GAIN) * median(times.slice(-2 * COMPARED, -COMPARED))
  );
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!;
}
