/** Measures how long a model takes once the browser has optimised its code. */

/**
 * The batch in milliseconds that is aimed at: long for the clock of such a page, which has steps of
 * 0.1 ms, and short enough that some batches are not interrupted by other programs.
 */
const BATCH_MS = 4;
/** The shortest batch that the clock can measure well enough. */
const SHORTEST_BATCH_MS = BATCH_MS / 2;
/**
 * The shortest time of runs in milliseconds. Browsers start with code that is compiled fast, and
 * replace it by optimised code after runs of 100 to 300 ms: before that, times look settled too.
 */
const WARM_MS = 400;
/** The longest time of runs in milliseconds, for a model that does not settle. */
const MOST_MS = 3000;
/** The number of batches whose least time is compared with the least of as many before them. */
const COMPARED = 10;
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
 * Return the milliseconds of one run: the least of the last ten batches once they have settled.
 *
 * Batches have settled after 400 ms of runs if the least of the last ten is at most 5 % below that
 * of the ten before. A model that has not settled after 3 s of runs is measured as it is then. The
 * least is taken because other programs only ever add to a time.
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
  return Math.min(...times.slice(-COMPARED));
}

function hasSettled(times: readonly number[]): boolean {
  return (
    times.length >= 2 * COMPARED &&
    Math.min(...times.slice(-COMPARED)) >=
      (1 - GAIN) * Math.min(...times.slice(-2 * COMPARED, -COMPARED))
  );
}
