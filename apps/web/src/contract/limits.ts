/** The limits of what a file may ask for. docs/reliability.md says what each limit prevents. */

/** The largest size of a bundle in bytes. */
export const MAX_ARCHIVE_BYTES = 2 ** 30;
/** The largest number of files in a bundle. */
export const MAX_ENTRIES = 1000;
/** The largest number of characters in the name of an entry. */
export const MAX_NAME_LENGTH = 100;
/** The largest size of card.json and of the golden vectors' file in bytes. */
export const MAX_CARD_BYTES = 4 * 2 ** 20;
/** The largest depth of objects and lists inside each other. A card needs one less. */
export const MAX_JSON_DEPTH = 16;
/** The largest number of models in a bundle. */
export const MAX_MODELS = 100;
/** The largest number of labels of a classifier. */
export const MAX_LABELS = 100_000;
/** The largest height and width of a model's input or output image, in pixels. */
export const MAX_SIDE = 8192;
/** The largest number of pixels of a model's output image. */
export const MAX_OUTPUT_PIXELS = 2 ** 24;
/** The largest number of pixels of an image, also between the two passes of a resize. */
export const MAX_PIXELS = 89_478_485;
/** The most memory in bytes that decoding an image may take, by its header. */
export const MAX_DECODING_BYTES = 2 ** 29;
/** The largest number of scans of a JPEG file. */
export const MAX_SCANS = 100;
/** The largest number of frames of an animated WebP file. */
export const MAX_FRAMES = 1000;
/** The largest number of segments or chunks of an image file. */
export const MAX_PARTS = 2 ** 16;
/** The largest number of token ids or of latent numbers that a model takes. */
export const MAX_LENGTH = 65_536;
/** The largest number of tokens in a vocabulary. */
export const MAX_VOCABULARY = 1_000_000;
/** The largest size of a vocabulary that is a JSON list, in bytes. */
export const MAX_VOCABULARY_BYTES = 2 ** 26;
/** The largest number of characters in a token. */
export const MAX_TOKEN_LENGTH = 200;
/** The largest number of characters in a text. */
export const MAX_TEXT_LENGTH = 2 ** 24;
