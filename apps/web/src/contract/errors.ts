/**
 * The tree of errors, with the names of the Python runtime.
 *
 *     SatchelError
 *     ├── BundleError    the file is not a bundle, or not the one that was packed
 *     │   ├── CardError  a field of the card is wrong
 *     │   └── TrustError no trusted key signed the bundle
 *     ├── InputError     an image, a text, a seed or a key cannot be read
 *     └── EngineError    nothing here runs the model, or its output differs from its card
 *
 * Every message is one line. It says what was expected, what was found and, if it is known, what to
 * do.
 */

/** The root of all errors that input from outside can cause. */
export class SatchelError extends Error {
  override name = "SatchelError";
}

/** The file is not a bundle, or not the one that was packed. */
export class BundleError extends SatchelError {
  override name = "BundleError";
}

/** A field of the card is wrong. */
export class CardError extends BundleError {
  override name = "CardError";
}

/** No trusted key signed the bundle. */
export class TrustError extends BundleError {
  override name = "TrustError";
}

/** An image, a text, a seed or a key cannot be read. */
export class InputError extends SatchelError {
  override name = "InputError";
}

/** Nothing here runs the model, or its output differs from its card. */
export class EngineError extends SatchelError {
  override name = "EngineError";
}

const SHOWN_CHARACTERS = 60;

// JSON leaves control characters, line separators and changes of direction as they are.
const UNFIT_FOR_A_LINE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Return an untrusted value as part of a line of a message, at most `most` characters. */
export function shown(value: unknown, most: number = SHOWN_CHARACTERS): string {
  const encoded = JSON.stringify(value, plain) ?? "nothing";
  const cut = encoded.slice(0, most).replace(/[\ud800-\udbff]$/, "");
  return cut.replace(UNFIT_FOR_A_LINE, (found) => `\\u${hexadecimal(found)}`);
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") {
    return Number(value);
  }
  return value instanceof Map ? Object.fromEntries(value) : value;
}

function hexadecimal(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}
