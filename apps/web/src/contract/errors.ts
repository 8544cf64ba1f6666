/**
 * What can go wrong, as a tree; the names are those of the Python runtime.
 *
 *     SatchelError
 *     ├── BundleError    the file is not a bundle, or not the one that was packed
 *     │   ├── CardError  its card says something that cannot be
 *     │   └── TrustError no trusted key signed it, or it is older than what was asked for
 *     ├── InputError     a picture, a text, a seed or a key that cannot be read
 *     └── EngineError    no engine here runs the model, or the model is not what its card says
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

/** No trusted key signed the bundle, or it is older than what was asked for. */
export class TrustError extends BundleError {
  override name = "TrustError";
}

/** A picture, a text, a seed or a key that cannot be read. */
export class InputError extends SatchelError {
  override name = "InputError";
}

/** No engine here runs the model, or the model is not what its card says. */
export class EngineError extends SatchelError {
  override name = "EngineError";
}

const REPR_CHARACTERS = 60;

/** Return how a message shows a value that came from elsewhere: one line, at most 60 characters. */
export function shown(value: unknown, limit: number = REPR_CHARACTERS): string {
  const spelled = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? "nothing");
  return spelled.slice(0, limit);
}
