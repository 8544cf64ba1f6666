/** Turns a text into token ids, as Keras's legacy Tokenizer and pad_sequences do. */

import type { KerasTokenizerSpec, TextInput } from "../card_types.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { parseListed } from "./vocabulary.ts";

/** Return the tokenizer; throws CardError for a bad vocabulary. */
export function open(spec: KerasTokenizerSpec, content: Uint8Array, input: TextInput): Tokenizer {
  const vocabulary = parseListed(content);
  const filters = new Set(spec.filters);
  const { unknown } = spec;
  return {
    pad: spec.pad,
    padsInFront: spec.padding === "pre",
    takesSurrogates: false,
    encode: (text) => {
      const ids = tokens(text, spec, filters)
        .map((token) => vocabulary.get(token) ?? unknown)
        .filter((id) => id !== null);
      return spec.truncating === "pre" ? ids.slice(-input.length) : ids.slice(0, input.length);
    },
  };
}

function tokens(text: string, spec: KerasTokenizerSpec, filters: ReadonlySet<string>): string[] {
  // toLowerCase knows no language, and the form of sigma at the end of a word.
  const lowered = spec.lower ? text.toLowerCase() : text;
  if (spec.unit === "character") {
    return Array.from(lowered);
  }
  return replaced(lowered, filters, spec.separator)
    .split(spec.separator)
    .filter((token) => token !== "");
}

function replaced(text: string, filters: ReadonlySet<string>, by: string): string {
  if (filters.size === 0) {
    return text;
  }
  let kept = "";
  for (const character of text) {
    kept += filters.has(character) ? by : character;
  }
  return kept;
}
