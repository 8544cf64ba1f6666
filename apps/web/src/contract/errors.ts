/**
 * What can go wrong, as a tree; the names are those of the Python runtime.
 *
 *     SatchelError
 *     ├── BundleError    the file is not a bundle, or not the one that was packed
 *     │   ├── CardError  its card says something that cannot be
 *     │   └── TrustError no trusted key signed it
 *     ├── InputError     an image, a text, a seed or a key that cannot be read
 *     └── EngineError    nothing here runs the model, or the model is not what its card says
 *
 * Every message is one line: expected, got and, where it is known, what to do.
 */

/** Root of all errors that are thrown for what was given from outside. */
export class SatchelError extends Error {
  override name = "SatchelError";
}

/** The file is not a bundle, or not the one that was packed. */
export class BundleError extends SatchelError {
  override name = "BundleError";
}

/** The card says something that cannot be. */
export class CardError extends BundleError {
  override name = "CardError";
}

/** No trusted key signed the bundle. */
export class TrustError extends BundleError {
  override name = "TrustError";
}

/** An image, a text, a seed or a key that cannot be read. */
export class InputError extends SatchelError {
  override name = "InputError";
}

/** Nothing here runs the model, or the model is not what its card says. */
export class EngineError extends SatchelError {
  override name = "EngineError";
}

const SHOWN_CHARACTERS = 60;

// Controls, line separators and changes of direction, which JSON leaves as they are.
const UNFIT_FOR_A_LINE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/** Return how a message shows a value that came from elsewhere: part of one line. */
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
