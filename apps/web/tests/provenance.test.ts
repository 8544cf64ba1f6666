/** Tests what the page says of a bundle, with bundles that imitate one of the zoo. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { openBundle } from "../src/contract/bundle.ts";
import { fingerprint } from "../src/contract/public_key.ts";
import { provenance, type Source, sourceOf } from "../src/provenance.ts";
import type { Site } from "../src/site.ts";
import { goldenBundle } from "./contract/conformance.ts";
import { newKey, renamed, signed } from "./contract/sign.ts";

const MNIST = new Uint8Array(readFileSync(new URL("../../../zoo/mnist.satchel", import.meta.url)));
const DIGITS = goldenBundle("digits.satchel");
const TRUSTED = newKey();
const UNKNOWN = newKey();
const TRUSTED_NAME = await fingerprint(TRUSTED.point);
const UNKNOWN_NAME = await fingerprint(UNKNOWN.point);

const { card, cardDigest } = await openBundle(MNIST);
const SITE: Site = {
  zoo: [
    {
      file: "mnist.satchel",
      name: card.name,
      task: card.task,
      sizeBytes: MNIST.length,
      cardDigest,
    },
  ],
  trustedKeys: new Map([[TRUSTED_NAME, "release@example.com"]]),
  refused: null,
};
const HERE = sourceOf(new URL("https://here.example/app/zoo/a.satchel"), "https://here.example");
const ELSEWHERE = sourceOf(new URL("https://there.example/a.satchel"), "https://here.example");
const FILE: Source = { kind: "file", name: "a.satchel" };

const IMITATION = "It has the name of this site's model mnist, but it is another bundle.";
const NOT_LISTED = "None of the models that this site lists.";

describe("a bundle with the name of the zoo's mnist and other weights is another bundle", () => {
  test.each([
    ["signed by nobody", null, "unknown", "Unsigned: nobody says that it is theirs."],
    ["by an unknown key", UNKNOWN, "unknown", `Signed by an unknown key: ${UNKNOWN_NAME}.`],
    [
      "by a trusted key",
      TRUSTED,
      "known",
      `Signed by a key this page trusts: release@example.com ${TRUSTED_NAME}.`,
    ],
  ] as const)("%s", async (_who, key, tone, text) => {
    expect(await said(await renamed(DIGITS, card.name, key), ELSEWHERE)).toEqual([
      { tone: "unknown", text: "Not from this site: there.example." },
      { tone: "warning", text: IMITATION },
      { tone, text },
    ]);
  });
});

test("the zoo's mnist is known by its bytes, wherever it comes from", async () => {
  const listed = { tone: "known", text: "One of this site's models: mnist." };
  for (const source of [HERE, ELSEWHERE, FILE]) {
    expect((await said(MNIST, source))[1]).toEqual(listed);
  }
  const [, listing, signature] = await said(await signed(MNIST, UNKNOWN), ELSEWHERE);
  expect(listing).toEqual(listed);
  expect(signature!.text).toBe(`Signed by an unknown key: ${UNKNOWN_NAME}.`);
});

test.each([
  ["this site", HERE, "known", "From this site."],
  ["another site", ELSEWHERE, "unknown", "Not from this site: there.example."],
  ["a file", FILE, "unknown", 'A file of yours: "a.satchel".'],
] as const)("a bundle from %s says so", async (_what, source, tone, text) => {
  expect((await said(DIGITS, source))[0]).toEqual({ tone, text });
});

test("names that can be confused with one of the zoo's are imitations, others are not", async () => {
  for (const name of ["MNIST", "mnist", "mnist-mlp", "Mn1st_M1p", "mnlst"]) {
    expect((await said(await renamed(DIGITS, name, null), FILE))[1]!.text, name).toBe(IMITATION);
  }
  for (const name of ["mnist2", "emnist", "digits_mlp"]) {
    expect((await said(await renamed(DIGITS, name, null), FILE))[1]!.text, name).toBe(NOT_LISTED);
  }
});

test("the name of the file counts too", async () => {
  for (const address of [
    "https://there.example/x/mnist.satchel?y",
    "https://there.example/MNIST",
  ]) {
    const source = sourceOf(new URL(address), "https://here.example");
    expect((await said(DIGITS, source))[1]!.text, address).toBe(IMITATION);
  }
});

test("another port, scheme or subdomain is another site", () => {
  for (const address of ["https://a:8443/", "http://a/", "https://b.a/", "https://a.b/"]) {
    expect(sourceOf(new URL(address), "https://a").kind, address).toBe("other site");
  }
});

test("a browser that checks no signatures trusts none", async () => {
  const { cardDigest: digest } = await openBundle(DIGITS);
  const signer = { fingerprint: TRUSTED_NAME, checked: false };
  const bundle = { name: "digits", cardDigest: digest, signer };
  expect(provenance(bundle, FILE, SITE)[2]).toEqual({
    tone: "unknown",
    text: `It names the key ${TRUSTED_NAME}, but this browser cannot check signatures.`,
  });
});

test("a list of keys that was refused is a warning", async () => {
  const refused = "No key is trusted. trusted_keys.txt: Expected a list of keys, got status 404.";
  const statements = await said(DIGITS, HERE, { ...SITE, trustedKeys: new Map(), refused });
  expect(statements.at(-1)).toEqual({ tone: "warning", text: refused });
});

async function said(content: Uint8Array<ArrayBuffer>, source: Source, site = SITE) {
  const bundle = await openBundle(content);
  return provenance({ ...bundle, name: bundle.card.name }, source, site);
}
