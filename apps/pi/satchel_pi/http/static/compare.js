// All models that take an input, side by side: one column each, the labels in common rows.

import { bar, drawFile, element, milliseconds, one, percent, turn } from "./elements.js";

const OF_EACH = 3; // Best labels of each model that get a row.
const MOST_ROWS = 10;

export function showComparison(section) {
  const columns = [...section.querySelectorAll("[data-column]")].map((each) => each.dataset);
  const takes = section.dataset.compare;
  let newest = null;

  async function compare(input) {
    newest = input;
    const answers = await Promise.all(columns.map(async ({ path, name }) => {
      try {
        const { found } = await input.ask(path);
        return { path, name, ...found };
      } catch (error) {
        return { path, name, error: error.message, predictions: [] };
      }
    }));
    if (newest !== input) return;
    const verdict = judge(answers.filter((each) => !each.error));
    one(section, "verdict").replaceChildren(
      element("span", verdict.word, { class: `badge ${verdict.agree ? "good" : ""}` }),
      ` ${verdict.sentence}`,
    );
    one(section, "summary").replaceChildren(
      row("Answer", answers.map((each) => answerCell(each, verdict))),
      row("Latency", answers.map((each) => element("td", each.error ? "" : milliseconds(each.latency_ms)))),
      ...(takes === "image" ? [row("Saw", answers.map((each) => sawCell(each, input)))] : []),
    );
    one(section, "labels").replaceChildren(
      ...commonLabels(answers).map((label) => row(label, answers.map((each) => scoreCell(each, label)))),
    );
    turn(section, "found");
  }

  document.addEventListener("satchel-input", ({ detail }) => {
    if (detail.takes === takes) compare(detail);
  });
}

/** Return whether the models agree, and who says what. */
function judge(answers) {
  const sayers = new Map();
  for (const { name, predictions: [best] } of answers) {
    sayers.set(best.label, [...(sayers.get(best.label) || []), name]);
  }
  if (sayers.size === 0) return { agree: false, word: "no answer", sentence: "No model answers.", common: null };
  const ranked = [...sayers].sort((a, b) => b[1].length - a[1].length);
  if (ranked.length === 1) {
    const how = answers.length === 1 ? "One model answers" : `All ${answers.length} models say the same`;
    return { agree: true, word: "agree", sentence: `${how}: ${ranked[0][0]}.`, common: ranked[0][0] };
  }
  const said = ranked.map(([label, names]) => `${label} (${names.join(", ")})`).join("; ");
  // Without a majority, no answer is the odd one.
  const common = ranked[0][1].length > ranked[1][1].length ? ranked[0][0] : null;
  return { agree: false, word: "disagree", sentence: `${said}.`, common };
}

function row(name, cells) {
  const made = element("tr");
  made.append(element("th", name, { scope: "row" }), ...cells);
  return made;
}

function answerCell({ error, predictions: [best] }, { agree, common }) {
  if (error) return element("td", error, { class: "failed" });
  const odd = !agree && best.label !== common;
  const cell = element("td", "", { class: odd ? "answer odd" : "answer" });
  cell.append(element("strong", best.label), " ", element("span", percent(best.score), { class: "number" }));
  return cell;
}

function sawCell({ error, path, name }, input) {
  const cell = element("td");
  if (error) return cell;
  const canvas = element("canvas", "", { role: "img", "aria-label": `The image as ${name} read it`, class: "pixels" });
  cell.append(canvas);
  input.prepare(path).then((file) => drawFile(canvas, file)).catch((reason) => {
    cell.textContent = reason.message;
  });
  return cell;
}

function scoreCell({ error, predictions }, label) {
  const found = predictions.find((each) => each.label === label);
  if (error || !found) return element("td", "–", { class: "none", title: "not among this model's labels, or not among its best" });
  const cell = element("td", "", { class: found === predictions[0] ? "score first" : "score" });
  cell.append(element("span", percent(found.score), { class: "number" }), bar(found.score));
  return cell;
}

/** Return the labels that get a row: the best of each model, the surest first. */
function commonLabels(answers) {
  const best = new Map();
  for (const { predictions } of answers) {
    for (const { label, score } of predictions.slice(0, OF_EACH)) {
      best.set(label, Math.max(score, best.get(label) || 0));
    }
  }
  return [...best].sort((a, b) => b[1] - a[1]).slice(0, MOST_ROWS).map(([label]) => label);
}
