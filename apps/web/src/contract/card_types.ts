/**
 * The types of a card that was read. Written by `make schema` from docs/card.schema.json: change
 * them there. Sections are those of docs/bundle.md.
 */

import type { JsonObject } from "./plain_json.ts";

/** What the model does. */
export type Task =
  | "image-classification"
  | "text-classification"
  | "image-generation"
  | "style-transfer";

/** The format of a model file. */
export type Format = "tflite" | "onnx";

/** The type of a tensor's numbers. */
export type Dtype = "float32" | "uint8" | "int8" | "int32" | "int64";

/** How an image is brought to the model's aspect ratio. */
export type Fit = "stretch" | "crop" | "letterbox";

/** The activation function at the end of a classifier. */
export type Activation = "softmax" | "sigmoid" | "logit" | "none";

/** The order of the channels in a tensor. */
export type ChannelOrder = "rgb" | "bgr";

/** What a card may use that the first readers do not know. */
export type Feature =
  | "channel-order"
  | "grey"
  | "int64"
  | "letterbox"
  | "multi-label"
  | "repeated-labels"
  | "several-inputs"
  | "single-logit"
  | "tensor-shape"
  | "tokenizer-keras"
  | "tokenizer-sentencepiece"
  | "tokenizer-vectorization"
  | "tokenizer-wordpiece";

/** The sRGB levels of red, green and blue, from 0 to 255. */
export type Color = readonly [number, number, number];

/** What a tensor of a text holds. */
export type TextTensor = "ids" | "mask" | "segments";

/** What a token is. */
export type Unit = "word" | "character";

/** An end of a text. */
export type TextEnd = "pre" | "post";

/** The input or the output of a model file: one tensor, or several inputs that are alike. */
export interface TensorSpec {
  /** The type of the tensor's numbers. */
  readonly dtype: Dtype;
  /** Real units per level, for uint8 and int8: `real = (level - zero_point) * scale`. */
  readonly scale: number;
  /** The level of real 0: 0 to 255 for uint8, -128 to 127 for int8, else 0. */
  readonly zeroPoint: number;
  /**
   * The sides of the tensor, the first of them a batch of 1, if they are not a batch of 1 and those
   * of the card's input or output. The numbers and their order are the same. Empty if they are.
   */
  readonly shape: readonly number[];
  /**
   * For a model of several inputs: which of the card's `tensors`, counted from 0, each of the
   * model's inputs reads, in the order of these inputs. Empty for a model of one input, and for an
   * output.
   */
  readonly rows: readonly number[];
}

/** One model file of a bundle. */
export interface ModelEntry {
  /** The name of the file in the bundle. */
  readonly file: string;
  /** The format of the file. */
  readonly format: Format;
  /**
   * How the file stores numbers. `satchel convert` writes `float32`, `float16`, `dynamic_int8`,
   * `full_int8`, `int16x8`, `weight_int8`, `weight_int4` and `mixed_int8`.
   */
  readonly scheme: string;
  /** The size of the file in bytes. */
  readonly sizeBytes: number;
  /** The tensor that the model takes. */
  readonly input: TensorSpec;
  /** The tensor that the model returns. */
  readonly output: TensorSpec;
  /**
   * The lowest version of each engine that runs the model, one to four numbers. An engine that is
   * not named does not run it.
   */
  readonly needs: ReadonlyMap<string, string>;
  /** The largest difference from a golden vector with which the model passes: section 8. */
  readonly goldenTolerance: number;
  /** The reason for this tolerance, for people. */
  readonly goldenToleranceWhy: string;
  /**
   * The result of verification where the bundle was packed; null for a finished model that had no
   * float model.
   */
  readonly verified: Verified | null;
}

/** The result of verification of a model that returns labels. */
export interface VerifiedLabels {
  /** The number of samples. */
  readonly samples: number;
  /** The share of samples whose top label is right. */
  readonly accuracy: number;
  /**
   * The accuracy lost against the float model, in percentage points. It is negative if accuracy was
   * gained.
   */
  readonly dropPoints: number;
  /** The share of samples with the float model's top label. */
  readonly agreement: number;
  /** The largest difference of any one probability. */
  readonly largestDifference: number;
  /** The signal-to-quantization-noise ratio in decibels; null if nothing differs. */
  readonly sqnrDb: number | null;
  /** The 95 % confidence interval of `drop_points`; empty if it is not known. */
  readonly dropCi95: readonly number[];
}

/** The result of verification of a model that returns images. */
export interface VerifiedImages {
  /** The number of samples. */
  readonly samples: number;
  /**
   * The peak signal-to-noise ratio of the pixels of all samples together, in decibels; null if
   * nothing differs.
   */
  readonly psnrDb: number | null;
  /** The lowest peak signal-to-noise ratio of one sample, in decibels; null if nothing differs. */
  readonly worstPsnrDb: number | null;
  /** The largest difference of any one channel of a pixel, divided by 255. */
  readonly largestDifference: number;
}

/** An image input. Its tensor is `pixel * scale + offset`, (1, height, width, channels). */
export interface ImageInput {
  /** The kind of input. */
  readonly kind: "image";
  /** The height in pixels. */
  readonly height: number;
  /** The width in pixels. */
  readonly width: number;
  /**
   * The number of channels. 1 is grey: `0.299 R + 0.587 G + 0.114 B`, before scale and offset. Each
   * product and each sum is rounded to float32.
   */
  readonly channels: number;
  /**
   * `stretch` scales each side on its own. `crop` first cuts out the largest centred piece of the
   * model's aspect ratio. `letterbox` keeps the image's aspect ratio and centres it on `padding`.
   */
  readonly fit: Fit;
  /** The sRGB color behind transparent pixels. */
  readonly background: Color;
  /** One factor, or one for each channel. No factor is 0. */
  readonly scale: readonly number[];
  /** One summand, or one for each channel. */
  readonly offset: readonly number[];
  /**
   * The order of the channels in the tensor. Scale and offset belong to red, green and blue: the
   * order is applied after them. It is `rgb` for one channel.
   */
  readonly channelOrder: ChannelOrder;
  /** The sRGB color around a letterboxed image. */
  readonly padding: Color;
}

/** A text input. Its tensor is token ids, int32 (1, length), or it has several such tensors. */
export interface TextInput {
  /** The kind of input. */
  readonly kind: "text";
  /** The number of ids that the model takes. */
  readonly length: number;
  /** The tokenizer that turns a text into ids. */
  readonly tokenizer: TokenizerSpec;
  /**
   * The tensors that a text becomes, `ids` first. `mask` is 1 where `ids` has an id and 0 where it
   * has padding. `segments` is 0.
   */
  readonly tensors: readonly TextTensor[];
}

/** Splits a text at every match of a pattern, and looks up the tokens in a vocabulary. */
export interface RegexSpec {
  /** The kind of tokenizer. */
  readonly kind: "regex";
  /** A repeated character class with RE2's ASCII meaning, as below. */
  readonly delimiter: string;
  /** The file of tokens and ids. It lies in no folder and is not `labels.txt`. */
  readonly vocabulary: string;
}

/**
 * Changes a text step by step, splits it, and looks up or counts the tokens, as Keras's
 * TextVectorization does.
 */
export interface VectorizationSpec {
  /** The kind of tokenizer. */
  readonly kind: "vectorization";
  /** The file of tokens, a JSON list: the place of a token, counted from 0, is its id. */
  readonly vocabulary: string;
  /** The id of a token that is not in the vocabulary. */
  readonly unknown: number;
  /** The changes of the text before it is split, in their order. */
  readonly standardize: readonly StandardizeStep[];
  /**
   * `whitespace` splits at ASCII white space, `character` makes each character a token, and `none`
   * makes the whole text one token.
   */
  readonly split: "whitespace" | "character" | "none";
  /**
   * The numbers of neighbouring tokens that are joined by a space and looked up, in their order.
   * [1] if `split` is `none`.
   */
  readonly ngrams: readonly number[];
  /**
   * `int` gives the id of each token, `multi_hot` a 1 at each id that occurs, and `count` how often
   * each id occurs.
   */
  readonly output: "int" | "multi_hot" | "count";
}

/** A change of a text. */
export interface StandardizeStep {
  /**
   * `lower` makes the ASCII letters A to Z lower case. `replace` puts `by` in the place of `text`
   * or of `characters`, exactly one of which is there.
   */
  readonly step: "lower" | "replace";
  /** The text that is replaced wherever it stands, from the left, without overlaps. */
  readonly text: string | null;
  /**
   * The character class that is replaced: each character of it, or with `+` each run of them. Its
   * grammar is that of the delimiter.
   */
  readonly characters: string | null;
  /** What stands there afterwards, as it is; it may be empty. Required by `replace`. */
  readonly by: string | null;
}

/** Splits a text and looks up the tokens, as Keras's legacy Tokenizer and pad_sequences do. */
export interface KerasTokenizerSpec {
  /** The kind of tokenizer. */
  readonly kind: "keras_tokenizer";
  /** The file of tokens, a JSON list: the place of a token, counted from 0, is its id. */
  readonly vocabulary: string;
  /** What a token is. */
  readonly unit: Unit;
  /** Whether the text becomes lower case first, as Unicode says for no language in particular. */
  readonly lower: boolean;
  /** The characters that `separator` replaces. Not used if `unit` is `character`. */
  readonly filters: string;
  /** The text between two words. Not used if `unit` is `character`. */
  readonly separator: string;
  /** The id of a token that is not in the vocabulary. Without it such tokens are left out. */
  readonly unknown: number | null;
  /** The id that fills a short text up. */
  readonly pad: number;
  /** Where the padding stands: `pre`, in front, or `post`, behind. */
  readonly padding: TextEnd;
  /** Which end of a long text is cut off: `pre`, its beginning, or `post`, its end. */
  readonly truncating: TextEnd;
}

/**
 * Splits a text into the words of BERT, and each word into pieces of a vocabulary, as Hugging Face
 * tokenizers does.
 */
export interface WordpieceSpec {
  /** The kind of tokenizer. */
  readonly kind: "wordpiece";
  /**
   * The file of tokens, one on each line: the number of the line, counted from 0, is its id. It
   * lies in no folder and is not `labels.txt`.
   */
  readonly vocabulary: string;
  /** Whether the text becomes lower case. */
  readonly lower: boolean;
  /** Whether letters lose their accents. */
  readonly stripAccents: boolean;
  /** Whether control characters and their like are removed. */
  readonly clean: boolean;
  /** Whether each Chinese character is a word of its own. */
  readonly chinese: boolean;
  /** The token for a word that has no pieces in the vocabulary. The vocabulary has it. */
  readonly unknown: string;
  /** The token in front of every text. The vocabulary has it. */
  readonly start: string | null;
  /** The token behind every text. The vocabulary has it. */
  readonly end: string | null;
  /** The token that fills a short text up. The vocabulary has it. */
  readonly pad: string;
  /** What stands in the vocabulary in front of a piece that continues a word. */
  readonly prefix: string;
  /**
   * The number of characters of the longest word that is cut into pieces. A longer one is
   * `unknown`.
   */
  readonly wordLength: number;
  /** The tokens that a text may hold as they are: they are not split. The vocabulary has them. */
  readonly specials: readonly string[];
}

/** Splits a text as a SentencePiece model says. */
export interface SentencepieceSpec {
  /** The kind of tokenizer. */
  readonly kind: "sentencepiece";
  /** The file of the SentencePiece model. */
  readonly model: string;
  /** The id in front of every text. */
  readonly start: number | null;
  /** The id behind every text. */
  readonly end: number | null;
  /** The id that fills a short text up. */
  readonly pad: number;
}

/** The input of a generator. Its tensor is numbers from -1 to 1, float32 (1, length). */
export interface LatentInput {
  /** The kind of input. */
  readonly kind: "latent";
  /** How many numbers the model takes. */
  readonly length: number;
}

/** An output of scores, one for each label. */
export interface LabelOutput {
  /** The kind of output. */
  readonly kind: "labels";
  /**
   * Texts of one line that are not blank, without control characters, changes of direction (U+202A
   * to U+202E, U+2066 to U+2069) and lone surrogates. They are different, unless there are `ids`.
   */
  readonly labels: readonly string[];
  /**
   * The activation function at the end of the model. The reader turns the output into a probability
   * for each label: section 7. `logit`, and `sigmoid` without `multi_label`, require two labels.
   */
  readonly activation: Activation;
  /**
   * Whether any number of labels may be right at once. Then `activation` is `sigmoid` or `none`.
   */
  readonly multiLabel: boolean;
  /**
   * The lowest probability with which each label of a multi-label model is chosen, one for each
   * label. Empty for 0.5 everywhere, and without `multi_label`.
   */
  readonly thresholds: readonly number[];
  /**
   * A different name for each label, if labels repeat. Texts as `labels`. Empty if the labels are
   * their own names.
   */
  readonly ids: readonly string[];
}

/** An image output. Its pixels are `value * scale + offset`, (1, height, width, channels). */
export interface ImageOutput {
  /** The kind of output. */
  readonly kind: "image";
  /** The height in pixels. The height times the width is at most 16,777,216. */
  readonly height: number;
  /** The width in pixels. */
  readonly width: number;
  /**
   * The number of channels. It MUST be 3 in a bundle. In a model folder it may be 1, which becomes
   * three equal channels.
   */
  readonly channels: number;
  /** One factor, or one for each channel. No factor is 0. */
  readonly scale: readonly number[];
  /** One summand, or one for each channel. */
  readonly offset: readonly number[];
}

/** How a text becomes token ids. */
export type TokenizerSpec =
  | RegexSpec
  | VectorizationSpec
  | KerasTokenizerSpec
  | WordpieceSpec
  | SentencepieceSpec;

export type Input = ImageInput | TextInput | LatentInput;

export type Output = LabelOutput | ImageOutput;

export type Verified = VerifiedLabels | VerifiedImages;

/** Says what a model expects and returns: card.json in a bundle and in a model folder. */
export interface Card {
  /** The name of the model. */
  readonly name: string;
  /** The version of the model: three numbers. */
  readonly version: string;
  /** The task says the kinds of `input` and `output`. */
  readonly task: Task;
  /** The input of the model: section 4, 5 or 6. */
  readonly input: Input;
  /** The output of the model: section 7. */
  readonly output: Output;
  /**
   * The models in order of preference: a reader takes the first one that it can run. A bundle has
   * at least one, a model folder has none.
   */
  readonly models: readonly ModelEntry[];
  /** The file of golden vectors: section 8. */
  readonly golden: string | null;
  /**
   * The SHA-256 of every file of the bundle except the card and its signature, by the file's name.
   */
  readonly files: ReadonlyMap<string, string>;
  /** The origin of the model in any fields, such as recipe, seed, versions, data and date. */
  readonly provenance: JsonObject;
}
