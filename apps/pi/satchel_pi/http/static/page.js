// The page sends each image, drawing and text to the chosen model and shows the prediction.

import { showAnswers } from "./answers.js";
import { showComparison } from "./compare.js";
import { drawFile, fillBars, one, percent, show } from "./elements.js";
import { showGolden } from "./golden.js";
import { imageInput, post, textInput } from "./input.js";
import { PredictionView } from "./prediction.js";

const PAUSE_MS = 300; // The pause in writing or drawing after which the input is sent.
const LARGEST_SIDE = 1600; // Pixels: the longer side of a camera image that is sent.
const PEN = 20; // Pixels of the drawing area: the width of the pen.
const DIGIT_SHARE = 20 / 28; // The longer side of a digit, as a share of the image. MNIST's is the same.

/** Return a function that calls `work` PAUSE_MS after its last call. */
function afterPause(work) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, PAUSE_MS);
  };
}

const toBlob = (canvas, type) => new Promise((done) => canvas.toBlob(done, type, 0.92));

function drawInto(canvas, source, width, height) {
  const scale = Math.min(1, LARGEST_SIDE / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  canvas.getContext("2d").drawImage(source, 0, 0, canvas.width, canvas.height);
}

function showImages(section) {
  const view = new PredictionView(section);
  const [drop, preview, video, take, camera, file] =
    ["drop", "preview", "video", "take", "camera", "file"].map((name) => one(section, name));
  let stream = null;
  let newest = null;

  function stop() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    for (const each of [video, take]) show(each, false);
    camera.textContent = "Use the camera";
  }

  async function send(blob) {
    // The file is sent unchanged, because the service decodes it. The preview is only for people.
    newest = imageInput(blob);
    stop();
    view.predict(newest);
    newest.announce();
    try {
      const bitmap = await createImageBitmap(blob);
      drawInto(preview, bitmap, bitmap.width, bitmap.height);
      show(preview, true);
    } catch {
      show(preview, false);
    }
    show(one(section, "invite"), preview.hidden);
  }

  async function start() {
    if (!navigator.mediaDevices) {
      view.fail("Expected a page from localhost or by https, which browsers require for the camera: choose an image.");
      return;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      view.fail(`Expected a camera, got none: ${error.message || error.name}.`);
      return;
    }
    video.srcObject = stream;
    await video.play();
    for (const each of [preview, one(section, "invite")]) show(each, false);
    for (const each of [video, take]) show(each, true);
    camera.textContent = "Close the camera";
    take.focus();
  }

  camera.addEventListener("click", () => {
    if (!stream) {
      start();
      return;
    }
    stop();
    show(one(section, "invite"), true);
  });
  take.addEventListener("click", async () => {
    drawInto(preview, video, video.videoWidth, video.videoHeight);
    send(await toBlob(preview, "image/jpeg"));
  });
  file.addEventListener("change", () => {
    if (file.files[0]) send(file.files[0]);
    file.value = "";
  });
  one(section, "model").addEventListener("change", () => { if (newest) view.predict(newest); });
  for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", over);
    });
  }
  drop.addEventListener("drop", (event) => {
    const [dropped] = event.dataTransfer.files;
    if (dropped) send(dropped);
  });
  // Without this, a browser opens an image that is dropped outside of the drop area.
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
  addEventListener("paste", (event) => {
    const [pasted] = event.clipboardData.files;
    if (pasted) send(pasted);
  });
}

/** Return the box of the ink, [left, top, width, height], and its centre; null if there is no ink. */
function inkOf(canvas) {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let [left, top, right, bottom, mass, x, y] = [width, height, 0, 0, 0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const ink = pixels[4 * (row * width + column)];
      if (!ink) continue;
      [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
      [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
      [mass, x, y] = [mass + ink, x + ink * column, y + ink * row];
    }
  }
  if (!mass) return null;
  return { box: [left, top, right - left, bottom - top], centre: [x / mass - left, y / mass - top] };
}

/** Return the drawing like a digit of MNIST: at a fixed size, with the centre of mass in the middle. */
function centred(pad) {
  const ink = inkOf(pad);
  if (!ink) return null;
  const [left, top, width, height] = ink.box;
  const image = document.createElement("canvas");
  [image.width, image.height] = [pad.width, pad.height];
  const context = image.getContext("2d");
  context.fillRect(0, 0, pad.width, pad.height);
  const scale = (DIGIT_SHARE * pad.width) / Math.max(width, height);
  const [x, y] = ink.centre.map((each, axis) => (axis ? pad.height : pad.width) / 2 - each * scale);
  context.drawImage(pad, left, top, width, height, x, y, width * scale, height * scale);
  return image;
}

function showDrawing(section) {
  const view = new PredictionView(section);
  const pad = one(section, "pad");
  const context = pad.getContext("2d", { willReadFrequently: true });
  let last = null; // The pen's place while it is down.
  const keys = { x: pad.width / 2, y: pad.height / 4, down: false };
  const steps = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] };

  const send = afterPause(async () => {
    const image = centred(pad);
    if (!image) return;
    const input = imageInput(await toBlob(image, "image/png"));
    view.predict(input);
    input.announce();
  });

  function clear() {
    context.fillStyle = "#000";
    context.fillRect(0, 0, pad.width, pad.height);
    keys.down = false;
    view.clear();
  }

  function line(from, to) {
    Object.assign(context, { strokeStyle: "#fff", lineWidth: PEN, lineCap: "round", lineJoin: "round" });
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    send();
  }

  function place(event) {
    const box = pad.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * pad.width) / box.width,
      ((event.clientY - box.top) * pad.height) / box.height,
    ];
  }

  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    last = place(event);
    line(last, last);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = place(event);
    line(last, next);
    last = next;
  });
  for (const name of ["pointerup", "pointercancel"]) pad.addEventListener(name, () => { last = null; });
  pad.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      keys.down = !keys.down;
      one(section, "said").textContent = keys.down ? "pen down" : "pen up";
      if (keys.down) line([keys.x, keys.y], [keys.x, keys.y]);
    } else if (event.key in steps) {
      const [dx, dy] = steps[event.key];
      const from = [keys.x, keys.y];
      keys.x = Math.min(pad.width, Math.max(0, keys.x + dx));
      keys.y = Math.min(pad.height, Math.max(0, keys.y + dy));
      if (keys.down) line(from, [keys.x, keys.y]);
    } else {
      return;
    }
    event.preventDefault();
  });
  one(section, "clear").addEventListener("click", clear);
  one(section, "model").addEventListener("change", send);
  clear();
}

function showTexts(section) {
  const view = new PredictionView(section);
  const words = one(section, "words");
  const send = afterPause(() => {
    if (!words.value.trim()) {
      view.clear();
      return;
    }
    const input = textInput(words.value);
    view.predict(input);
    input.announce();
  });
  words.addEventListener("input", send);
  one(section, "model").addEventListener("change", send);
  if (words.value) send();
}

function showMaking(section) {
  const [model, seed, file, made, error] =
    ["model", "seed", "file", "made", "error"].map((name) => one(section, name));

  async function make(body, type, words) {
    try {
      const response = await post(model.value, body, type, "image/png");
      await drawFile(made, await response.blob());
      document.dispatchEvent(new CustomEvent("satchel-answer"));
      one(section, "said").textContent = words;
      show(error, false);
    } catch (reason) {
      error.textContent = reason.message;
      show(error, true);
    }
  }

  const fromSeed = () => make(
    JSON.stringify({ seed: Number(seed.value) }), "application/json", `The image of seed ${seed.value}`,
  );

  function choose() {
    const seeded = model.selectedOptions[0].dataset.takes === "seed";
    show(one(section, "seeded"), seeded);
    show(one(section, "styled"), !seeded);
    if (seeded) fromSeed();
  }

  seed.addEventListener("change", fromSeed);
  one(section, "next").addEventListener("click", () => {
    seed.value = Number(seed.value) + 1;
    fromSeed();
  });
  file.addEventListener("change", () => {
    const [chosen] = file.files;
    if (chosen) make(chosen, chosen.type || "application/octet-stream", "The image in its style");
  });
  model.addEventListener("change", choose);
  choose();
}

function showLive(section) {
  const events = new EventSource("/v1/camera/events");
  const name = one(section, "ran").textContent;
  let last = "";
  events.addEventListener("message", (event) => {
    const found = JSON.parse(event.data);
    const error = one(section, "error");
    error.textContent = found.error || "";
    show(error, Boolean(found.error));
    if (found.error) return;
    const [best] = found.predictions;
    one(section, "best").textContent = best.label;
    one(section, "share").textContent = percent(best.score);
    fillBars(one(section, "bars"), found.predictions);
    one(section, "ran").textContent =
      `${name}: ${found.latency_ms.toFixed(1)} ms, frame ${found.number}, ${found.dropped} dropped`;
    // A screen reader says a label when it changes, not for every frame.
    if (best.label !== last) one(section, "said").textContent = best.label;
    last = best.label;
  });
  events.addEventListener("error", () => {
    const error = one(section, "error");
    error.textContent = "Expected predictions from the camera, got none: trying again.";
    show(error, true);
  });
  events.addEventListener("open", () => show(one(section, "error"), false));
}

for (const [name, begin] of [
  ["live", showLive], ["image", showImages], ["draw", showDrawing], ["text", showTexts], ["make", showMaking],
  ["compare", showComparison], ["golden", showGolden], ["answers", showAnswers],
]) {
  for (const section of document.querySelectorAll(`section[data-${name}]`)) begin(section);
}
