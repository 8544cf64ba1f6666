/** Compares the contract with the Python runtime on random inputs, which `make differential` writes. */

import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { openBundle } from "../../src/contract/bundle.ts";
import { parseCard } from "../../src/contract/card.ts";
import { type DecodedImage, readPixels } from "../../src/contract/images.ts";
import { openTokenizer } from "../../src/contract/tokenizers/kinds.ts";
import { compileDelimiter, regexTokenizer } from "../../src/contract/tokenizers/regex.ts";
import { errorOf, textInput } from "./conformance.ts";

interface Cases {
  bundles: { content: string; error: string | null }[];
  cards: { content: string; error: string | null }[];
  delimiters: { delimiter: string; error: string | null; texts: string[]; tokens: string[][] }[];
  tokenizers: { input: unknown; vocabulary: string; texts: string[]; rows: number[][][] }[];
  resizes: {
    size: [height: number, width: number];
    seed: number;
    to: [height: number, width: number];
    fit: "crop" | "letterbox" | "stretch";
    crc32: number;
  }[];
}

const FILE = process.env["SATCHEL_DIFFERENTIAL"] ?? "";
const NONE: Cases = { bundles: [], cards: [], delimiters: [], tokenizers: [], resizes: [] };
const CASES: Cases = FILE === "" ? NONE : JSON.parse(readFileSync(FILE, "utf8"));
const MINUTES = 60_000;

describe.skipIf(FILE === "")("beside the runtime", { timeout: 10 * MINUTES }, () => {
  test(`${CASES.bundles.length} damaged bundles are refused with the same errors`, async () => {
    for (const { content, error } of CASES.bundles) {
      expect(await errorOf(() => openBundle(decoded(content))), content).toBe(error);
    }
  });

  test(`${CASES.cards.length} damaged cards are refused with the same errors`, async () => {
    for (const { content, error } of CASES.cards) {
      const found = await errorOf(() => parseCard(decoded(content)));
      expect(found, Buffer.from(content, "base64").toString()).toBe(error);
    }
  });

  test(`${CASES.delimiters.length} delimiters split texts at the same places`, async () => {
    for (const { delimiter, error, texts, tokens } of CASES.delimiters) {
      expect(await errorOf(() => compileDelimiter(delimiter)), delimiter).toBe(error);
      for (const [at, text] of texts.entries()) {
        expect(ids(text, delimiter, tokens[at]!), `${delimiter} ${text}`).toEqual(
          padded(tokens[at]!.map((token) => 3 + tokens[at]!.indexOf(token))),
        );
      }
    }
  });

  test(`${CASES.tokenizers.length} tokenizers make the same rows of texts`, async () => {
    for (const { input, vocabulary, texts, rows } of CASES.tokenizers) {
      const tokenize = await openTokenizer(textInput(input), decoded(vocabulary));
      for (const [at, text] of texts.entries()) {
        const found = tokenize(text).map((row) => Array.from(row));
        expect(found, `${JSON.stringify(input)} ${JSON.stringify(text)}`).toEqual(rows[at]);
      }
    }
  });

  test(`${CASES.resizes.length} images become the same pixels`, () => {
    for (const { size, seed, to, fit, crc32: expected } of CASES.resizes) {
      const [height, width] = to;
      const input = { ...INPUT, height, width, fit };
      const found = readPixels(imageOf(...size, seed), input);
      expect(crc32(found.rgb), `${size} ${fit} to ${to}`).toBe(expected);
    }
  });
});

const LENGTH = 32;
const INPUT = {
  kind: "image",
  background: [255, 255, 255],
  scale: [1],
  offset: [0],
  channels: 3,
  channelOrder: "rgb",
  padding: [0, 0, 0],
} as const;

function ids(text: string, delimiter: string, tokens: string[]): number[] {
  const special: [string, number][] = [
    ["<PAD>", 0],
    ["<START>", 1],
    ["<UNKNOWN>", 2],
  ];
  const known = tokens.map((token): [string, number] => [token, 3 + tokens.indexOf(token)]);
  const vocabulary = new Map([...known, ...special]);
  const found = regexTokenizer(compileDelimiter(delimiter), vocabulary, LENGTH).encode(text);
  return [...found, ...Array<number>(LENGTH - found.length).fill(0)];
}

function padded(tokens: number[]): number[] {
  return [1, ...tokens, ...Array<number>(LENGTH).fill(0)].slice(0, LENGTH);
}

/** Return the same pixels as tests/conformance/differential.py. */
function imageOf(height: number, width: number, seed: number): DecodedImage {
  const rgba = new Uint8ClampedArray(4 * height * width).fill(255);
  for (let at = 0; at < 3 * height * width; at++) {
    const mixed = (Math.imul(at, 2654435761) + seed) >>> 0;
    rgba[4 * Math.floor(at / 3) + (at % 3)] = (mixed ^ (mixed >>> 15)) & 255;
  }
  return { height, width, rgba };
}

function decoded(content: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(content, "base64"));
}
