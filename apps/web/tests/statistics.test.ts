import { expect, test } from "vitest";
import { interval95, median, quartiles, verdict } from "../benchmarks/statistics.mjs";

const counted = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 10, 2], 3],
  [[7], 7],
])("the median of %j is %d", (numbers, expected) => {
  expect(median(numbers)).toBe(expected);
});

test("the middle half leaves out a quarter on each side", () => {
  expect(quartiles([8, 1, 7, 2, 6, 3, 5, 4])).toEqual([3, 6]);
});

// Computed in Python as the largest k with 2 * sum(comb(n, i) for i in range(k)) <= 0.05 * 2**n.
test.each([
  [6, [1, 6]],
  [9, [2, 8]],
  [15, [4, 12]],
  [20, [6, 15]],
  [25, [8, 18]],
])("of %d numbers in order, the ends of the interval are %j", (count, expected) => {
  expect(interval95(counted(count))).toEqual(expected);
});

test("numbers too few for an interval of 95 % have their range", () => {
  expect(interval95([3, 1, 2])).toEqual([1, 3]);
});

test.each([
  [12, "kept"],
  [11.9, "undecided"],
  [4, "undecided"],
  [3.9, "missed"],
])("of 1 to 15, the limit %d is %s", (limit, expected) => {
  expect(verdict(counted(15), limit)).toBe(expected);
});
