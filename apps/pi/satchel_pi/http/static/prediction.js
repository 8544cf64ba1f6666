// The place of a prediction on the page, with what the model saw.

import { drawFile, element, fillBars, one, percent, turn } from "./elements.js";

const SHOWN = 5; // Labels.
const SHOWN_TOKENS = 200;

/** Shows only the prediction for the newest input. */
export class PredictionView {
  constructor(section) {
    this.section = section;
    this.input = null;
    one(section, "saw").addEventListener("toggle", () => this.see());
  }

  path() {
    return one(this.section, "model").value;
  }

  async predict(input) {
    this.input = input;
    const path = this.path();
    const isNewest = () => this.input === input && this.path() === path;
    try {
      const { found, ms } = await input.ask(path);
      if (isNewest()) this.fill(found, ms);
    } catch (error) {
      if (isNewest()) this.fail(error.message);
    }
  }

  fill(found, ms) {
    const [best] = found.predictions;
    one(this.section, "best").textContent = best.label;
    one(this.section, "share").textContent = percent(best.score);
    fillBars(one(this.section, "bars"), found.predictions.slice(0, SHOWN));
    one(this.section, "ran").textContent =
      `${found.model} ${found.version}, ${found.file} in ${found.engine}: `
      + `${found.latency_ms.toFixed(1)} ms, ${ms.toFixed(0)} ms with the network`;
    one(this.section, "said").textContent = `${best.label}, ${percent(best.score)}`;
    this.turn("found");
    this.see();
  }

  /** Show the input as the model read it, if somebody looks. */
  async see() {
    const [input, path] = [this.input, this.path()];
    if (!input || !one(this.section, "saw").open) return;
    const { layout, name } = one(this.section, "model").selectedOptions[0].dataset;
    const words = one(this.section, "form");
    try {
      const prepared = await input.prepare(path);
      if (this.input !== input || this.path() !== path) return;
      words.textContent = layout;
      if (input.takes === "image") {
        const pixels = one(this.section, "pixels");
        pixels.setAttribute("aria-label", `The image as ${name} read it: ${layout}`);
        await drawFile(pixels, prepared);
      } else {
        fillTokens(one(this.section, "tokens"), prepared);
        words.textContent = `${prepared.length} tokens, without padding: ${layout}`;
      }
    } catch (error) {
      words.textContent = error.message;
    }
  }

  fail(message) {
    one(this.section, "error").textContent = message;
    one(this.section, "said").textContent = message;
    this.turn("error");
  }

  clear() {
    this.input = null;
    one(this.section, "said").textContent = "";
    this.turn("hint");
  }

  turn(name) {
    turn(this.section, name);
  }
}

function fillTokens(list, tokens) {
  const shown = tokens.slice(0, SHOWN_TOKENS);
  const items = shown.map(({ id, token }) => element("li", token || `id ${id}`, { title: `id ${id}` }));
  if (tokens.length > shown.length) items.push(element("li", `and ${tokens.length - shown.length} more`));
  list.replaceChildren(...items);
}
