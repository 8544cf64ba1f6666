/** Summarises repeated measurements without a guess at their distribution. */

/** The largest chance that an interval misses the median. */
const MOST_MISSED = 0.05;

/** Return the median of numbers, the mean of the two in the middle for an even count of them. */
export function median(numbers) {
  const found = sorted(numbers);
  const half = found.length >> 1;
  return found.length % 2 === 1 ? found[half] : (found[half - 1] + found[half]) / 2;
}

/** Return the least and the most of the middle half of numbers. */
export function quartiles(numbers) {
  return between(numbers, numbers.length >> 2);
}

/**
 * Return an interval that holds the median of what the numbers are drawn from, with at least 95 %
 * confidence. It has none for fewer than six numbers, and is then their range.
 *
 * A number lies below the median as often as a coin shows its head, so that the count of those
 * below is binomial, whatever the distribution (the sign test).
 */
export function interval95(numbers) {
  let left = 0;
  let missed = 0;
  let chance = 0.5 ** numbers.length;
  while (2 * (missed + chance) <= MOST_MISSED) {
    missed += chance;
    chance *= (numbers.length - left) / (left + 1);
    left += 1;
  }
  return between(numbers, Math.max(left - 1, 0));
}

/**
 * Return whether the median keeps a limit: "kept" or "missed" if the whole interval of 95 % does,
 * otherwise "undecided", for which more rounds or a quieter machine are needed.
 */
export function verdict(numbers, limit) {
  const [low, high] = interval95(numbers);
  if (high <= limit) {
    return "kept";
  }
  return low > limit ? "missed" : "undecided";
}

/** Return the least and the most of numbers without `left` on either side. */
function between(numbers, left) {
  const found = sorted(numbers);
  return [found[left], found.at(-1 - left)];
}

function sorted(numbers) {
  return numbers.toSorted((one, other) => one - other);
}
