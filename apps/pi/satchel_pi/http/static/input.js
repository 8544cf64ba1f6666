// Requests to the service. An input asks each model once, whatever shows the answer.

const TOP = 100; // How many labels are asked for, so that those of several models can be compared.

/** Return the response to a request; throws an Error with the service's line if it is an error. */
export async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("Expected a response from the service, got none: is it running?");
  }
  if (response.ok) return response;
  if (response.status === 401) throw new Error("The service requires its token again: reload the page.");
  const found = await response.json().catch(() => ({}));
  throw new Error(found.detail || `Expected a prediction, got status ${response.status}.`);
}

export function post(path, body, type, accept = "application/json") {
  const headers = { Accept: accept, ...(type && { "Content-Type": type }) };
  return request(path, { method: "POST", body, headers });
}

/** An image or a text that is shown to models. */
export class ModelInput {
  constructor(takes, body, type) {
    this.takes = takes;
    this.body = body;
    this.type = type;
    this.answers = new Map();
    this.prepared = new Map();
  }

  /** Return a promise of a model's answer, and the milliseconds with the network. */
  ask(path) {
    return this.once(this.answers, path, async () => {
      const started = performance.now();
      const response = await post(`${path}?top=${TOP}`, this.body, this.type);
      const found = await response.json();
      document.dispatchEvent(new CustomEvent("satchel-answer"));
      return { found, ms: performance.now() - started };
    });
  }

  /** Return a promise of the input as a model reads it: a PNG file, or tokens. */
  prepare(path) {
    return this.once(this.prepared, path, async () => {
      const prepares = path.replace(/:predict$/, ":prepare");
      const accept = this.takes === "image" ? "image/png" : "application/json";
      const response = await post(prepares, this.body, this.type, accept);
      return this.takes === "image" ? response.blob() : (await response.json()).tokens;
    });
  }

  /** Let all parts of the page that compare models show this input. */
  announce() {
    document.dispatchEvent(new CustomEvent("satchel-input", { detail: this }));
  }

  once(kept, path, work) {
    if (!kept.has(path)) {
      const promise = work();
      kept.set(path, promise);
      // What failed may be asked again.
      promise.catch(() => kept.delete(path));
    }
    return kept.get(path);
  }
}

export const imageInput = (blob) => new ModelInput(
  "image", blob, blob.type.startsWith("image/") ? blob.type : "application/octet-stream",
);
export const textInput = (text) => new ModelInput("text", text, "text/plain; charset=utf-8");
