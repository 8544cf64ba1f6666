// What all parts of the page use: elements by their data attributes, numbers, bars.

export const one = (root, name) => root.querySelector(`[data-${name}]`);
export const percent = (score) => `${(100 * score).toFixed(1)} %`;
export const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
export const show = (element, visible) => { element.hidden = !visible; };

/** Return a new element with a text, and with attributes where there are some. */
export function element(name, text = "", attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Return a bar that is filled up to a score, which stands beside it in figures. */
export function bar(score) {
  const track = element("span", "", { class: "track", "aria-hidden": "true" });
  const fill = element("div", "", { class: "fill" });
  fill.style.width = `${100 * Math.min(1, score)}%`;
  track.append(fill);
  return track;
}

export function fillBars(list, predictions) {
  list.replaceChildren(...predictions.map(({ label, score }) => {
    const item = element("li");
    item.append(
      element("span", label, { class: "name", title: label }),
      bar(score),
      element("span", percent(score), { class: "number" }),
    );
    return item;
  }));
}

/** Draw an image file into a canvas, which gets its size. */
export async function drawFile(canvas, blob) {
  const bitmap = await createImageBitmap(blob);
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
}

/** Show one of the parts `hint`, `found` and `error` of a section. */
export function turn(section, name) {
  for (const each of ["hint", "found", "error"]) {
    const part = one(section, each);
    if (part) show(part, each === name);
  }
}
