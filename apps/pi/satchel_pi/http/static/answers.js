// The last answers of the service, read again after each answer and, ever more seldom, while nothing happens.

import { element, milliseconds, one, percent, turn } from "./elements.js";
import { request } from "./input.js";

const SOON_MS = 5000;
const SELDOM_MS = 60000; // A page that stays open for days does not fill the log of requests.

export function showAnswers(section) {
  let shown = "";
  let wait = SOON_MS;

  async function look() {
    if (document.hidden) return;
    let answers;
    try {
      ({ answers } = await (await request("/v1/answers")).json());
    } catch {
      // The service is away for a moment, or wants its token: the other parts of the page say so.
      return;
    }
    const found = JSON.stringify(answers);
    if (found === shown || answers.length === 0) return;
    shown = found;
    wait = SOON_MS;
    one(section, "rows").replaceChildren(...answers.map(row));
    turn(section, "found");
  }

  document.addEventListener("satchel-answer", look);
  document.addEventListener("visibilitychange", look);
  (async function watch() {
    for (;;) {
      wait = Math.min(2 * wait, SELDOM_MS);
      await look();
      await new Promise((done) => setTimeout(done, wait));
    }
  })();
}

function row(answer) {
  const made = element("tr", "", { role: "row" });
  const time = new Date(answer.time);
  const cells = [
    ["time", time.toLocaleTimeString([], { hour12: false })],
    ["model", `${answer.model} ${answer.version}`],
    ["label", answer.label || "an image"],
    ["score", answer.score === null ? "" : percent(answer.score)],
    ["latency", milliseconds(answer.latency_ms)],
    ["id", answer.request_id],
  ];
  made.append(...cells.map(([name, text]) => element("td", text, { role: "cell", class: name })));
  made.children[0].title = answer.time;
  return made;
}
