/** How much a file may ask for; docs/reliability.md says what each limit holds off. */

/** Of a bundle. */
export const MAX_ARCHIVE_BYTES = 2 ** 30;
/** Files of a bundle. */
export const MAX_ENTRIES = 1000;
/** Characters of an entry's name. */
export const MAX_NAME_LENGTH = 100;
/** Of card.json, and of the golden vectors' file. */
export const MAX_CARD_BYTES = 4 * 2 ** 20;
/** Of objects and lists inside each other, one more than a card has. */
export const MAX_JSON_DEPTH = 16;
/** Of a bundle. */
export const MAX_MODELS = 100;
/** Of a classifier. */
export const MAX_LABELS = 100_000;
/** Pixels of a model's image, in or out. */
export const MAX_SIDE = 8192;
/** Of an image that a model makes. */
export const MAX_OUTPUT_PIXELS = 2 ** 24;
/** Of an image, and of what lies between the two passes of the resize. */
export const MAX_PIXELS = 89_478_485;
/** Token ids that a model takes, or numbers of a latent. */
export const MAX_LENGTH = 65_536;
/** Tokens of a vocabulary. */
export const MAX_VOCABULARY = 1_000_000;
/** Characters of a token. */
export const MAX_TOKEN_LENGTH = 200;
/** Characters of a text. */
export const MAX_TEXT_LENGTH = 2 ** 24;
