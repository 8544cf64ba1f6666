import { describe, expect, test } from "vitest";
import { openBundle } from "../../src/contract/bundle.ts";
import {
  type Card,
  type Input,
  type ModelEntry,
  type Output,
  parseCard,
  type TokenizerSpec,
  type Verified,
} from "../../src/contract/card.ts";
import { goldenVectors } from "../../src/contract/golden.ts";
import type { Json } from "../../src/contract/plain_json.ts";
import { parsePublicKey } from "../../src/contract/public_key.ts";
import { parseVocabulary } from "../../src/contract/tokenizers/regex.ts";
import { baseCards, bases, bytes, edited, errorOf, load, withField } from "./conformance.ts";

const VECTORS = load("refusals");
const CARD_VECTORS = load("card_refusals");
const BASES = bases(VECTORS);
const CARDS = baseCards(VECTORS);

describe("valid bundles", () => {
  test.each(VECTORS.bases)("$name is opened, and its card read", async (base) => {
    const bundle = await openBundle(bytes(base.file));
    expect(inRuntimeNames(bundle.card)).toEqual(base.card);
    expect(bundle.cardDigest).toBe(base.digest);
    expect(bundle.signer?.fingerprint ?? null).toBe(base.signer);
    expect(bundle.signer?.checked ?? true).toBe(true);
    expect(goldenVectors(bundle)).toHaveLength(1);
  });
});

describe("what must be refused", () => {
  test.each(VECTORS.bundles)("a bundle: $what", async ({ base, edits, error }) => {
    const content = edited(BASES.get(base)!, edits);
    expect(await errorOf(() => openBundle(content))).toBe(error);
  });

  test.each(VECTORS.cards)("a card: $base, $what", async ({ base, edits, error }) => {
    const content = edited(CARDS.get(base)!, edits);
    expect(await errorOf(() => parseCard(content))).toBe(error);
  });

  test.each(CARD_VECTORS.bases)("the card of an $name is read", async ({ card }) => {
    expect(await errorOf(() => parseCard(written(card)))).toBe(null);
  });

  test.each(CARD_VECTORS.cases)("a card: $base, $at is $value", async (vector) => {
    const card = CARD_VECTORS.bases.find(({ name }) => name === vector.base)!.card;
    const content = written(withField(card, vector));
    expect(await errorOf(() => parseCard(content))).toBe(vector.error);
  });

  test.each(VECTORS.golden)("golden vectors: $base, $content", async (vector) => {
    const bundle = await openBundle(BASES.get(vector.base)!);
    const written = new TextEncoder().encode(vector.content);
    const files = new Map(bundle.files).set(bundle.card.golden!, written);
    expect(await errorOf(() => goldenVectors({ ...bundle, files }))).toBe(vector.error);
  });

  test.each(VECTORS.vocabularies)("a vocabulary: $what", async ({ content, error }) => {
    const written = new Uint8Array(Buffer.from(content, "base64"));
    expect(await errorOf(() => parseVocabulary(written))).toBe(error);
  });

  test.each(VECTORS.signatures)("a signature: $what", async (vector) => {
    const content = edited(BASES.get(vector.base)!, vector.edits);
    const trusted = vector.trusted.map(parsePublicKey);
    const options = trusted.length === 0 ? {} : { trusted };
    // Node.js has Ed25519, so the vectors with `equation` need no exception.
    expect(await errorOf(() => openBundle(content, options))).toBe(vector.error);
  });
});

function written(card: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(card));
}

/** Return the card with the field names of the Python runtime, as in the vectors. */
function inRuntimeNames(card: Card): unknown {
  return {
    ...card,
    input: input(card.input),
    output: output(card.output),
    models: card.models.map(model),
    files: Object.fromEntries(card.files),
    provenance: plain(card.provenance),
  };
}

function input(entry: Input): unknown {
  if (entry.kind === "image") {
    return { ...entry, channelOrder: undefined, channel_order: entry.channelOrder };
  }
  if (entry.kind === "latent") {
    return entry;
  }
  return { ...entry, tokenizer: tokenizer(entry.tokenizer) };
}

/** Return a tokenizer with the names of its fields in the runtime. */
function tokenizer(spec: TokenizerSpec): unknown {
  if (spec.kind !== "wordpiece") {
    return spec;
  }
  const { stripAccents: strip_accents, wordLength: word_length, ...others } = spec;
  return { ...others, strip_accents, word_length };
}

function output(entry: Output): unknown {
  return entry.kind === "image"
    ? entry
    : { ...entry, multiLabel: undefined, multi_label: entry.multiLabel };
}

function model(entry: ModelEntry): unknown {
  return {
    file: entry.file,
    format: entry.format,
    scheme: entry.scheme,
    size_bytes: entry.sizeBytes,
    input: { ...entry.input, zeroPoint: undefined, zero_point: entry.input.zeroPoint },
    output: { ...entry.output, zeroPoint: undefined, zero_point: entry.output.zeroPoint },
    needs: Object.fromEntries(entry.needs),
    golden_tolerance: entry.goldenTolerance,
    golden_tolerance_why: entry.goldenToleranceWhy,
    verified: entry.verified && verified(entry.verified),
  };
}

function verified(found: Verified): unknown {
  if ("psnrDb" in found) {
    return {
      samples: found.samples,
      psnr_db: found.psnrDb,
      worst_psnr_db: found.worstPsnrDb,
      largest_difference: found.largestDifference,
    };
  }
  return {
    samples: found.samples,
    accuracy: found.accuracy,
    drop_points: found.dropPoints,
    agreement: found.agreement,
    largest_difference: found.largestDifference,
    sqnr_db: found.sqnrDb,
    drop_ci95: found.dropCi95,
  };
}

function plain(value: Json): unknown {
  if (value instanceof Map) {
    return Object.fromEntries(Array.from(value, ([name, inner]) => [name, plain(inner)]));
  }
  return Array.isArray(value) ? value.map(plain) : value;
}
