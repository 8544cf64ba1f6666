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
  test("a card error is a bundle error, and all are of one root", () => {
    expect(new CardError("x")).toBeInstanceOf(BundleError);
    expect(new TrustError("x")).toBeInstanceOf(BundleError);
    expect(new InputError("x")).not.toBeInstanceOf(BundleError);
    for (const kind of [BundleError, CardError, TrustError, InputError, EngineError]) {
      expect(new kind("x")).toBeInstanceOf(SatchelError);
      expect(new kind("x").name).toBe(kind.name);
    }
  });

  test("a value in a message is one short line", () => {
    expect(shown("a\nb")).toBe('"a\\nb"');
    expect(shown("x".repeat(1000))).toHaveLength(60);
    expect(shown(undefined)).toBe("nothing");
    expect(shown(2n ** 70n)).toBe("1180591620717411303424");
  });
});
