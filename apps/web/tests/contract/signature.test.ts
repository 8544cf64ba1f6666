import { afterEach, describe, expect, test, vi } from "vitest";
import { openBundle } from "../../src/contract/bundle.ts";
import { EngineError, InputError, TrustError } from "../../src/contract/errors.ts";
import { isUsableKey, parsePublicKey } from "../../src/contract/public_key.ts";
import { bases, edited, load } from "./conformance.ts";

const VECTORS = load("refusals");
const BASES = bases(VECTORS);
const SIGNED = BASES.get("signed")!;
const OURS = VECTORS.keys[0]!;

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("on a platform without Ed25519", () => {
  function withoutEd25519(): void {
    const refusal = new DOMException("Unrecognized name.", "NotSupportedError");
    vi.spyOn(crypto.subtle, "importKey").mockRejectedValue(refusal);
  }

  test("a signature is read, but not checked", async () => {
    withoutEd25519();
    const { signer } = await openBundle(SIGNED);
    expect(signer?.checked).toBe(false);
    expect(signer?.fingerprint).toBe(VECTORS.bases.find(({ name }) => name === "signed")?.signer);
  });

  test("no bundle is trusted", async () => {
    withoutEd25519();
    const opened = openBundle(SIGNED, { trusted: [parsePublicKey(OURS)] });
    await expect(opened).rejects.toThrow(TrustError);
    await expect(opened).rejects.toThrow("update the browser");
  });
});

test("a platform that accepts any signature still refuses wrong keys and numbers", async () => {
  const odd = VECTORS.signatures.filter(({ what }) => /small order|beyond|above/.test(what));
  vi.spyOn(crypto.subtle, "verify").mockResolvedValue(true);
  expect(odd).toHaveLength(10);
  for (const { base, edits } of odd) {
    const opened = openBundle(edited(BASES.get(base)!, edits));
    await expect(opened).rejects.toThrow("Expected a signature over this card by SHA256:");
  }
});

test("a page without Web Crypto opens no bundle and gets a clear error", async () => {
  vi.stubGlobal("crypto", {});
  await expect(openBundle(SIGNED)).rejects.toThrow(EngineError);
  await expect(openBundle(SIGNED)).rejects.toThrow("opened by https or from localhost");
});

test("with an empty list of trusted keys no bundle is opened", async () => {
  await expect(openBundle(SIGNED, { trusted: [] })).rejects.toThrow(TrustError);
});

describe("parsePublicKey", () => {
  test("accepts a comment behind the key, and white space around it", () => {
    expect(parsePublicKey(` ${OURS} who signs\n`)).toEqual(parsePublicKey(OURS));
    expect(isUsableKey(parsePublicKey(OURS))).toBe(true);
  });

  test.each([
    "",
    "ssh-ed25519",
    "ssh-ed25519 AAAA",
    "ssh-ed25519 !",
    OURS.replace("ssh-ed25519", "ssh-rsa"),
    OURS.slice(0, -2),
    `${OURS}AAAA`,
    // A key of small order, because y is 0.
    `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)}`,
  ])("refuses %j", (line) => {
    expect(() => parsePublicKey(line)).toThrow(InputError);
  });

  test("a key of another length is not usable", () => {
    expect(isUsableKey(new Uint8Array())).toBe(false);
    expect(isUsableKey(new Uint8Array(33).fill(9))).toBe(false);
  });
});
