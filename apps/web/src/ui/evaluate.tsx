/** Runs the model on a folder of samples, and offers its answers as a file. */

import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../client.ts";
import { LIBRARY_NAMES } from "../engines/names.ts";
import { type Evaluation, evaluate, samplesOf } from "../evaluation.ts";
import type { Opened } from "../protocol.ts";

interface Props {
  readonly opened: Opened;
  /** The file of the model that is used. */
  readonly model: string;
  readonly onError: (line: string) => void;
}

interface Done {
  readonly evaluation: Evaluation;
  readonly model: string;
  /** The address of the file with the answers. */
  readonly address: string;
}

export function Evaluate({ opened, model, onError }: Props) {
  const [progress, setProgress] = useState("");
  const [done, setDone] = useState<Done | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  useEffect(() => () => URL.revokeObjectURL(done?.address ?? ""), [done]);

  const run = async (files: readonly File[]) => {
    const found = files.map((file) => ({
      path: file.webkitRelativePath || file.name,
      read: async () => new Uint8Array(await file.arrayBuffer()),
    }));
    const { task, labels, models } = opened;
    const samples = samplesOf(found, task);
    if (samples.length === 0) {
      const kind = task === "text-classification" ? ".txt files" : "images";
      onError(`Expected a folder with ${kind}, got ${files.length} other files.`);
      return;
    }
    const stop = new AbortController();
    running.current = stop;
    const { format } = models.find(({ file }) => file === model)!;
    setDone(null);
    const evaluation = await evaluate(
      samples,
      {
        model,
        engine: LIBRARY_NAMES[format],
        labels,
        task,
        predict: (input) => call("predict", [model, input]),
      },
      {
        signal: stop.signal,
        onDone: (count) => setProgress(`${count} of ${samples.length} samples`),
      },
    );
    running.current = null;
    setProgress("");
    const file = new Blob([evaluation.answers], { type: "application/jsonl" });
    setDone({ evaluation, model, address: URL.createObjectURL(file) });
  };

  return (
    <section class="evaluate" aria-labelledby="evaluate">
      <h2 id="evaluate">Evaluate a folder</h2>
      <div class="row">
        <label class="button">
          Choose a folder
          <input
            type="file"
            class="hidden"
            // Preact's types do not know it. It lets the user choose a folder with all its files.
            {...{ webkitdirectory: true }}
            multiple
            disabled={progress !== ""}
            onChange={({ currentTarget }) => {
              run([...(currentTarget.files ?? [])]);
              currentTarget.value = "";
            }}
          />
        </label>
        {progress !== "" && (
          <button type="button" onClick={() => running.current?.abort()}>
            Stop
          </button>
        )}
        <p class="note" role="status">
          {progress || (done ? summary(done) : "Its samples stay on this device.")}
        </p>
      </div>
      {done && (
        <div class="row">
          <a class="button" href={done.address} download="answers.jsonl">
            Save the answers
          </a>
          <p class="note">
            <code>satchel compare BUNDLE --predictions answers.jsonl --evaluation FOLDER</code>{" "}
            compares them with those of another device.
          </p>
        </div>
      )}
      {done && done.evaluation.unread.length > 0 && (
        <p class="note failed">{unread(done.evaluation)}</p>
      )}
    </section>
  );
}

function unread({ read, unread: [first], unread: { length } }: Evaluation): string {
  return `${length} of ${read + length} samples could not be read, such as ${first}`;
}

function summary({ evaluation: { read, labelled, right }, model }: Done): string {
  const accuracy =
    labelled === 0
      ? "No folder in it has the name of a label."
      : `${right} of ${labelled} right, ${((100 * right) / labelled).toFixed(1)} %.`;
  return `${read} samples by ${model}. ${accuracy}`;
}
