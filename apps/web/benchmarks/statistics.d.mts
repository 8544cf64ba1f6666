export function median(numbers: readonly number[]): number;
export function quartiles(numbers: readonly number[]): [least: number, most: number];
export function interval95(numbers: readonly number[]): [least: number, most: number];
export function verdict(numbers: readonly number[], limit: number): "kept" | "missed" | "undecided";
