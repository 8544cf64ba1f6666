// The golden samples of a bundle: what the float model answered, and what this device answers.

import { drawFile, element, one, percent, show, turn } from "./elements.js";
import { imageInput, post, request, textInput } from "./input.js";

const MOST_SHOWN = 24;

export function showGolden(section) {
  const model = one(section, "model");
  const chosen = () => model.selectedOptions[0].dataset;
  let newest = 0;

  function fail(error) {
    one(section, "error").textContent = error.message;
    one(section, "said").textContent = error.message;
    turn(section, "error");
  }

  async function list() {
    const number = ++newest;
    const { base } = chosen();
    try {
      const { samples } = await (await request(`${base}/golden`)).json();
      if (number !== newest) return;
      const shown = samples.filter((each) => each.kind !== "blend");
      one(section, "samples").replaceChildren(...shown.slice(0, MOST_SHOWN).map((each) => item(each, base)));
      one(section, "more").textContent = restInWords(samples, shown);
      turn(section, "hint");
    } catch (error) {
      if (number === newest) fail(error);
    }
  }

  function item(sample, base) {
    const [best] = sample.expected;
    const name = `Sample ${sample.number}`;
    const button = element("button", "", { type: "button", class: `sample ${sample.kind}` });
    if (sample.kind === "image") {
      button.append(element("img", "", { src: `${base}/golden/${sample.number}`, alt: name, loading: "lazy" }));
    } else {
      button.append(element("span", sample.excerpt || `Seed ${sample.seed}`, { class: "excerpt" }));
    }
    if (best) button.append(element("span", best.label, { class: "label" }));
    button.addEventListener("click", () => open(sample, base, button));
    const made = element("li");
    made.append(button);
    return made;
  }

  async function open(sample, base, button) {
    const number = ++newest;
    for (const each of section.querySelectorAll("[aria-pressed]")) each.removeAttribute("aria-pressed");
    button.setAttribute("aria-pressed", "true");
    try {
      const input = await read(sample, base);
      if (chosen().gives === "image") {
        await openImage(sample, base, input);
      } else {
        input.announce();
        const { found } = await input.ask(model.value);
        if (number === newest) compare(sample, found.predictions);
      }
      if (number === newest) turn(section, "found");
    } catch (error) {
      if (number === newest) fail(error);
    }
  }

  /** Return the input of a sample; for a seed nothing needs to be read. */
  async function read(sample, base) {
    const whole = one(section, "whole-text");
    show(whole, sample.kind === "text");
    if (sample.kind === "seed") return null;
    const response = await request(`${base}/golden/${sample.number}`);
    if (sample.kind === "image") return imageInput(await response.blob());
    const text = await response.text();
    whole.textContent = text;
    return textInput(text);
  }

  async function openImage(sample, base, input) {
    const [body, type] = input
      ? [input.body, input.type]
      : [JSON.stringify({ seed: sample.seed }), "application/json"];
    const [expected, obtained] = await Promise.all([
      request(`${base}/golden/${sample.number}/output`),
      post(model.value, body, type, "image/png"),
    ]);
    await drawFile(one(section, "expected"), await expected.blob());
    await drawFile(one(section, "obtained"), await obtained.blob());
    say(`Sample ${sample.number}: the image that the float model made, and this device's.`, null);
    show(one(section, "table"), false);
    show(one(section, "pair"), true);
    document.dispatchEvent(new CustomEvent("satchel-answer"));
  }

  function compare(sample, obtained) {
    const here = new Map(obtained.map(({ label, score }) => [label, score]));
    const rows = sample.expected.map(({ label, score }) => ({ label, score, found: here.get(label) ?? 0 }));
    const most = Math.max(...rows.map(({ score, found }) => Math.abs(score - found)));
    const same = obtained[0].label === rows[0].label;
    one(section, "labels").replaceChildren(...rows.map(({ label, score, found }) => {
      const made = element("tr");
      made.append(element("th", label, { scope: "row" }), element("td", percent(score)), element("td", percent(found)));
      return made;
    }));
    say(
      `Sample ${sample.number}: ${same ? `the answer is ${rows[0].label}, as expected` : `expected ${rows[0].label}, got ${obtained[0].label}`}. `
      + `These labels differ by up to ${(100 * most).toFixed(1)} points; ${(100 * sample.tolerance).toFixed(1)} are allowed.`,
      most <= sample.tolerance,
    );
    show(one(section, "table"), true);
    show(one(section, "pair"), false);
  }

  function say(sentence, passes) {
    const badge = passes === null ? [] : [
      element("span", passes ? "within its tolerance" : "beyond its tolerance", { class: passes ? "badge good" : "badge" }), " ",
    ];
    one(section, "verdict").replaceChildren(...badge, sentence);
    one(section, "said").textContent = sentence;
  }

  model.addEventListener("change", list);
  list();
}

function restInWords(samples, shown) {
  const blends = samples.length - shown.length;
  const parts = [];
  if (shown.length > MOST_SHOWN) parts.push(`The first ${MOST_SHOWN} of ${shown.length} samples.`);
  if (blends) parts.push(`${blends} more are blends of two images, mixed after preprocessing, and are no files.`);
  return parts.join(" ");
}
