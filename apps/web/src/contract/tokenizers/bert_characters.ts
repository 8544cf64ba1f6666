/**
 * Splits a text into the words of BERT: cleaned, without case and accents if that is asked for.
 *
 * What a character is stands in tables, because those of Hugging Face are of several Unicode
 * versions, and the browser's would differ.
 */

import type { WordpieceSpec } from "../card_types.ts";
import { BERT_TABLES } from "./bert_tables.ts";

type Range = readonly [first: number, last: number];

/** The tables as they are stored. docs/bundle.md, section 5, says what each one is. */
interface Stored {
  readonly removed: readonly Range[];
  readonly spaces: readonly Range[];
  readonly marks: readonly Range[];
  readonly whole: readonly Range[];
  readonly punctuation: readonly Range[];
  readonly lower: readonly (readonly [first: number, last: number, step: number, away: number])[];
  readonly lower_of_several: Readonly<Record<string, string>>;
}

/** What splits a text, as regular expressions of sets of characters. */
interface Tables {
  readonly removed: RegExp;
  readonly spaces: RegExp;
  readonly marks: RegExp;
  /** Matches a character that stays whole, in a group, so that a split keeps it. */
  readonly whole: RegExp;
  readonly punctuation: RegExp;
  readonly chinese: RegExp;
  readonly lower: ReadonlyMap<string, string>;
}

const CHINESE: readonly Range[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0x2f800, 0x2fa1f],
];
const ASCII = /^[\0-\x7f]*$/;

const MARK = /\p{M}/u;
/** Marks of the first and of the last of Unicode's combining classes. */
const FIRST_CLASS = "\u0334";
const LAST_CLASS = "\u0345";
const LONG_ROW = /\p{M}{100}/u;

let loaded: Tables | null = null;

/** Return the words of a text and its punctuation, in their order. */
export function bertWords(text: string, spec: WordpieceSpec): string[] {
  loaded ??= load(JSON.parse(BERT_TABLES));
  const { removed, spaces, marks, punctuation, chinese } = loaded;
  let changed = spec.clean ? text.replace(removed, "") : text;
  if (!ASCII.test(changed)) {
    changed = spec.chinese ? changed.replace(chinese, " $& ") : changed;
    changed = spec.stripAccents ? decomposed(changed, loaded.whole).replace(marks, "") : changed;
  }
  changed = changed.replace(punctuation, " $& ");
  const words = changed.split(spaces).filter((word) => word !== "");
  return spec.lower ? words.map(lowered) : words;
}

function decomposed(text: string, whole: RegExp): string {
  return text
    .split(whole)
    .map((part, at) => (at % 2 === 1 ? part : canonical(part)))
    .join("");
}

/** Return the canonical decomposition (NFD) of a text. */
function canonical(text: string): string {
  if (!LONG_ROW.test(text)) {
    return text.normalize("NFD");
  }
  // To put a long row of marks in order, JavaScript takes quadratic time.
  const single = Array.from(text, (character) => character.normalize("NFD")).join("");
  let ordered = "";
  let row: string[] = [];
  for (const character of single) {
    if (isOrdered(character)) {
      row.push(character);
    } else {
      ordered += row.sort(inOrder).join("") + character;
      row = [];
    }
  }
  return ordered + row.sort(inOrder).join("");
}

/** Return whether a character is a mark of a class, which others may be put in front of. */
function isOrdered(character: string): boolean {
  return (
    MARK.test(character) &&
    (areExchanged(LAST_CLASS, character) || areExchanged(character, FIRST_CLASS))
  );
}

/** Compare two marks by their class, which JavaScript only shows by what it does with two. */
function inOrder(one: string, other: string): number {
  return Number(areExchanged(one, other)) - Number(areExchanged(other, one));
}

function areExchanged(one: string, other: string): boolean {
  const pair = one + other;
  return pair.normalize("NFD") !== pair;
}

function lowered(word: string): string {
  if (ASCII.test(word)) {
    return word.toLowerCase();
  }
  let changed = "";
  for (const character of word) {
    changed += loaded!.lower.get(character) ?? character;
  }
  return changed;
}

function load(stored: Stored): Tables {
  const lower = new Map(Object.entries(stored.lower_of_several));
  for (const [first, last, step, away] of stored.lower) {
    for (let code = first; code <= last; code += step) {
      lower.set(String.fromCodePoint(code), String.fromCodePoint(code + away));
    }
  }
  return {
    removed: new RegExp(set(stored.removed), "gu"),
    spaces: new RegExp(`${set(stored.spaces)}+`, "u"),
    marks: new RegExp(set(stored.marks), "gu"),
    whole: new RegExp(`(${set(stored.whole)})`, "u"),
    punctuation: new RegExp(set(stored.punctuation), "gu"),
    chinese: new RegExp(set(CHINESE), "gu"),
    lower,
  };
}

/** Return the source of a regular expression that matches one character of the ranges. */
function set(ranges: readonly Range[]): string {
  const escaped = (code: number) => `\\u{${code.toString(16)}}`;
  return `[${ranges.map(([first, last]) => `${escaped(first)}-${escaped(last)}`).join("")}]`;
}
