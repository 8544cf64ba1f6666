/** Tests the list of trusted keys, and the list that the repository ships. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { InputError } from "../src/contract/errors.ts";
import { fingerprint } from "../src/contract/public_key.ts";
import { parseTrustedKeys } from "../src/trusted_keys.ts";
import { newKey } from "./contract/sign.ts";

const ONE = newKey();
const OTHER = newKey();

test("a list holds keys, their comments, blank lines and # comments", async () => {
  const text = `# who packs\n\n${ONE.line} release of 2026\r\n  ${OTHER.line}\n`;
  expect(await parseTrustedKeys(text)).toEqual(
    new Map([
      [await fingerprint(ONE.point), "release of 2026"],
      [await fingerprint(OTHER.point), ""],
    ]),
  );
});

test("the list that the repository ships is valid and trusts nobody", async () => {
  const shipped = readFileSync(new URL("../public/trusted_keys.txt", import.meta.url), "utf8");
  expect(await parseTrustedKeys(shipped)).toEqual(new Map());
});

test.each([
  ["a page instead of a list", "<!doctype html>", /^Expected a line ssh-ed25519 and a key, got /],
  ["another algorithm", ONE.line.replace("ssh-ed25519", "ssh-rsa"), /^Expected a line ssh-ed25519/],
  ["a key that was cut off", ONE.line.slice(0, -4), /^Expected a line ssh-ed25519 and an Ed25519/],
  ["options before the key", `cert-authority ${ONE.line}`, /^Expected a line ssh-ed25519/],
  ["one bad line behind a good one", `${ONE.line}\nssh-ed25519`, /^Expected a line ssh-ed25519/],
  ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----", /got a private one: keep it off/],
  [
    "a change of direction",
    `${ONE.line} \u202eelif`,
    /^Expected at most 65536 characters of plain/,
  ],
  ["bytes that are no UTF-8", `${ONE.line} \ufffd`, /^Expected at most 65536 characters of plain/],
  ["too many characters", "#".repeat(65_537), /^Expected at most 65536 characters of plain text/],
  ["too many keys", `${ONE.line}\n`.repeat(101), /^Expected at most 100 keys, got 101\.$/],
])("%s is refused, with the whole list", async (_what, text, message) => {
  await expect(parseTrustedKeys(text)).rejects.toThrow(InputError);
  await expect(parseTrustedKeys(text)).rejects.toThrow(message);
});
