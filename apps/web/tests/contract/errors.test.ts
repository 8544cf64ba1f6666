import { describe, expect, test } from "vitest";
import {
  BundleError,
  CardError,
  EngineError,
  InputError,
  SatchelError,
  shown,
  TrustError,
} from "../../src/contract/errors.ts";

describe("errors", () => {
  test("a card error is a bundle error, and all errors have one root", () => {
    expect(new CardError("x")).toBeInstanceOf(BundleError);
    expect(new TrustError("x")).toBeInstanceOf(BundleError);
    expect(new InputError("x")).not.toBeInstanceOf(BundleError);
    for (const kind of [BundleError, CardError, TrustError, InputError, EngineError]) {
      expect(new kind("x")).toBeInstanceOf(SatchelError);
      expect(new kind("x").name).toBe(kind.name);
    }
  });

  test("a value in a message becomes one short line", () => {
    expect(shown("a\nb")).toBe('"a\\nb"');
    expect(shown("x".repeat(1000))).toHaveLength(60);
    expect(shown(undefined)).toBe("nothing");
    expect(shown([1n, new Map([["a", 2n]])])).toBe('[1,{"a":2}]');
    expect(shown("\u2028\u202e\x85\ud800")).toBe('"\\u2028\\u202e\\u0085\\ud800"');
    expect(shown(`${"x".repeat(58)}\u{1f642}`)).toBe(`"${"x".repeat(58)}`);
  });
});
