/** Reads what a card says of a tokenizer. The tokenizers themselves are opened by kinds.ts. */

import type {
  KerasTokenizerSpec,
  RegexSpec,
  SentencepieceSpec,
  StandardizeStep,
  TokenizerSpec,
  VectorizationSpec,
  WordpieceSpec,
} from "../card_types.ts";
import type { Fields } from "../fields.ts";
import { MAX_TOKEN_LENGTH } from "../limits.ts";
import { characters, isUnicode } from "../unicode.ts";

/** The pattern of the file name of a vocabulary that is a JSON list. */
const LISTED = /^[a-z0-9][a-z0-9._-]{0,90}\.json$/;
/**
 * The pattern of the file name of a vocabulary of lines. No other file of a bundle or of a .tflite
 * has such a name.
 */
const LINES = /^(?!labels\.txt)[a-z0-9][a-z0-9._-]{0,90}\.txt$/;
/** The pattern of the file name of a SentencePiece model. */
const MODEL = /^[a-z0-9][a-z0-9._-]{0,90}\.model$/;

const MAX_STEPS = 20;
const MAX_REPLACED = 200;
const MAX_WIDTH = 10;
const MAX_FILTERS = 1000;
const MAX_SEPARATOR = 20;
const MAX_SPECIALS = 1000;
const MAX_WORD_LENGTH = 1000;

const PARSERS: Readonly<Record<TokenizerSpec["kind"], (fields: Fields) => TokenizerSpec>> = {
  regex,
  vectorization,
  keras_tokenizer: kerasTokenizer,
  wordpiece,
  sentencepiece,
};

/** Return the tokenizer that a card describes; throws CardError. */
export function parseTokenizer(fields: Fields): TokenizerSpec {
  const kinds = Object.keys(PARSERS) as TokenizerSpec["kind"][];
  return PARSERS[fields.choice("kind", kinds)](fields);
}

/** Return the name of the file that a tokenizer needs. */
export function tokenizerFile(spec: TokenizerSpec): string {
  return spec.kind === "sentencepiece" ? spec.model : spec.vocabulary;
}

function regex(fields: Fields): RegexSpec {
  return {
    kind: "regex",
    delimiter: fields.text("delimiter"),
    vocabulary: fields.pattern("vocabulary", LINES),
  };
}

function vectorization(fields: Fields): VectorizationSpec {
  const spec: VectorizationSpec = {
    kind: "vectorization",
    vocabulary: fields.pattern("vocabulary", LISTED),
    unknown: fields.tokenId("unknown"),
    standardize: fields.objects("standardize", MAX_STEPS).map(step),
    split: fields.choice("split", ["whitespace", "character", "none"]),
    ngrams: fields.wholeNumbers("ngrams", [1, MAX_WIDTH], [1]),
    output: fields.choice("output", ["int", "multi_hot", "count"], "int"),
  };
  const { split, ngrams } = spec;
  const fits = ngrams.length >= 1 && ngrams.length <= MAX_WIDTH;
  if (!fits || (split === "none" && ngrams.join() !== "1")) {
    throw fields.wrong("ngrams", `1 to ${MAX_WIDTH} widths, [1] for a text as it is`, ngrams);
  }
  return spec;
}

function step(fields: Fields): StandardizeStep {
  // They are checked even where they are not used, as every reader does.
  const given = (name: string, least: number) =>
    fields.values.has(name) ? fields.unicodeText(name, least, MAX_REPLACED) : null;
  const found: StandardizeStep = {
    step: fields.choice("step", ["lower", "replace"]),
    text: given("text", 1),
    characters: given("characters", 1),
    by: given("by", 0),
  };
  const { text, characters, by } = found;
  if (found.step === "lower") {
    return { step: "lower", text: null, characters: null, by: null };
  }
  if (by === null || (text === null) === (characters === null)) {
    throw fields.wrong("step", "by and either text or characters to replace", found);
  }
  return found;
}

function kerasTokenizer(fields: Fields): KerasTokenizerSpec {
  return {
    kind: "keras_tokenizer",
    vocabulary: fields.pattern("vocabulary", LISTED),
    unit: fields.choice("unit", ["word", "character"], "word"),
    lower: fields.flag("lower"),
    filters: fields.unicodeText("filters", 0, MAX_FILTERS, ""),
    separator: fields.unicodeText("separator", 1, MAX_SEPARATOR, " "),
    unknown: fields.values.has("unknown") ? fields.tokenId("unknown") : null,
    pad: fields.tokenId("pad", 0),
    padding: fields.choice("padding", ["pre", "post"], "pre"),
    truncating: fields.choice("truncating", ["pre", "post"], "pre"),
  };
}

function wordpiece(fields: Fields): WordpieceSpec {
  const token = (name: string) => fields.unicodeText(name, 1, MAX_TOKEN_LENGTH);
  const optional = (name: string) => (fields.values.has(name) ? token(name) : null);
  return {
    kind: "wordpiece",
    vocabulary: fields.pattern("vocabulary", LINES),
    lower: fields.flag("lower"),
    stripAccents: fields.flag("strip_accents"),
    clean: fields.flag("clean"),
    chinese: fields.flag("chinese"),
    unknown: token("unknown"),
    start: optional("start"),
    end: optional("end"),
    pad: token("pad"),
    prefix: fields.unicodeText("prefix", 0, MAX_TOKEN_LENGTH),
    wordLength: fields.integer("word_length", 1, MAX_WORD_LENGTH),
    specials: specials(fields),
  };
}

function specials(fields: Fields): readonly string[] {
  const found = fields.texts("specials", []);
  const plain = found.every(
    (token) => token !== "" && characters(token) <= MAX_TOKEN_LENGTH && isUnicode(token),
  );
  if (!plain || new Set(found).size < found.length || found.length > MAX_SPECIALS) {
    throw fields.wrong("specials", `at most ${MAX_SPECIALS} different tokens`, found);
  }
  return found;
}

function sentencepiece(fields: Fields): SentencepieceSpec {
  return {
    kind: "sentencepiece",
    model: fields.pattern("model", MODEL),
    start: fields.values.has("start") ? fields.tokenId("start") : null,
    end: fields.values.has("end") ? fields.tokenId("end") : null,
    pad: fields.tokenId("pad", 0),
  };
}
