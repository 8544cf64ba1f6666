import { afterEach, describe, expect, test } from "vitest";
import { parseCard } from "../../src/contract/card.ts";
import { CardError } from "../../src/contract/errors.ts";
import { FEATURES } from "../../src/contract/features.ts";
import { baseCards, load } from "./conformance.ts";

const CARDS = new Map([
  ...Array.from(baseCards(load("refusals")), ([name, content]): [string, unknown] => [
    name,
    JSON.parse(new TextDecoder().decode(content)),
  ]),
  ...load("card_refusals").bases.map(({ name, card }): [string, unknown] => [name, card]),
]);
/** A card that uses each of the features that came with the family of tokenizers. */
const USERS = {
  int64: "bert",
  "several-inputs": "bert",
  "tokenizer-keras": "padded",
  "tokenizer-sentencepiece": "text-classification, sentencepiece",
  "tokenizer-vectorization": "counts",
  "tokenizer-wordpiece": "bert",
};

const KNOWN = [...FEATURES];
const features = FEATURES as string[];

afterEach(() => {
  features.splice(0, features.length, ...KNOWN);
});

describe.each(Object.entries(USERS))("%s", (feature, name) => {
  const card = CARDS.get(name) as { requires: string[] };
  const content = (requires: string[]) =>
    new TextEncoder().encode(JSON.stringify({ ...card, requires }));

  test("is read by a reader that knows it", () => {
    expect(card.requires).toContain(feature);
    parseCard(content(card.requires));
  });

  test("is refused by its name by a reader of an earlier time", () => {
    features.splice(features.indexOf(feature), 1);
    const named = `without the feature "${feature}": update this application`;
    expect(() => parseCard(content(card.requires))).toThrow(CardError);
    expect(() => parseCard(content(card.requires))).toThrow(named);
  });

  test("must be named by a card that uses it", () => {
    const others = card.requires.filter((each) => each !== feature);
    expect(() => parseCard(content(others))).toThrow(CardError);
    expect(() => parseCard(content(others))).toThrow(`the feature "${feature}"`);
  });
});
