/** The table of the bundle's models: their self-test here, their latency, and which one is used. */

import type { Format } from "../contract/card.ts";
import { LIBRARY_BYTES, LIBRARY_NAMES } from "../engines/names.ts";
import type { ModelChoice, Opened, Trial } from "../protocol.ts";
import { megabytes } from "./bundles.tsx";

interface Props {
  readonly opened: Opened;
  readonly trials: readonly Trial[];
  readonly chosen: string;
  /** The formats whose models are tried without being asked for. */
  readonly formats: ReadonlySet<Format>;
  readonly onChoose: (file: string) => void;
  readonly onTryAll: () => void;
}

export function Models({ opened, trials, chosen, formats, onChoose, onTryAll }: Props) {
  const untried = opened.models.find(
    ({ file, format, refused }) =>
      refused === null && !formats.has(format) && !trials.some((trial) => trial.file === file),
  );
  const vectors = trials[0]?.vectors ?? 0;
  return (
    <section aria-labelledby="models">
      <h2 id="models">
        Models in {opened.name} {opened.version}
      </h2>
      <p class="note">
        The bytes are those that were packed: every file has the SHA-256 that the bundle gives.
        {vectors > 0 &&
          ` The self-test runs each model on the ${vectors} golden inputs of the bundle and compares the predictions with those of the float model where the bundle was packed.`}{" "}
        This says nothing about who made the bundle. The fastest model here that passed is used,
        unless you choose another.
      </p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col" class="number">
                Latency
              </th>
              <th scope="col">Self-test</th>
            </tr>
          </thead>
          <tbody>
            {opened.models.map((model) => (
              <ModelRow
                key={model.file}
                model={model}
                trial={trials.find((trial) => trial.file === model.file)}
                awaited={formats.has(model.format)}
                chosen={model.file === chosen}
                onChoose={onChoose}
              />
            ))}
          </tbody>
        </table>
      </div>
      {untried && (
        <p class="row">
          <button type="button" onClick={onTryAll}>
            Try the .{untried.format} models too
          </button>
          <span class="note">
            They run in {LIBRARY_NAMES[untried.format]}, which is fetched only for them:{" "}
            {megabytes(LIBRARY_BYTES[untried.format])}.
          </span>
        </p>
      )}
    </section>
  );
}

interface Row {
  readonly model: ModelChoice;
  readonly trial: Trial | undefined;
  /** Whether the model will be tried without being asked for. */
  readonly awaited: boolean;
  readonly chosen: boolean;
  readonly onChoose: (file: string) => void;
}

function ModelRow({ model, trial, awaited, chosen, onChoose }: Row) {
  return (
    <tr class={chosen ? "chosen" : ""}>
      <th scope="row">
        <label>
          <input
            type="radio"
            name="model"
            checked={chosen}
            disabled={!trial?.passed}
            onChange={() => onChoose(model.file)}
          />
          {model.file}
        </label>
        <span class="details">
          {megabytes(model.sizeBytes)}, {LIBRARY_NAMES[model.format]}
        </span>
      </th>
      <td class="number">{trial?.passed && latency(trial.latencyMs)}</td>
      <td>{verdict(model, trial, awaited)}</td>
    </tr>
  );
}

function latency(latencyMs: number | null) {
  return latencyMs === null ? (
    <span class="quiet waiting">measuring</span>
  ) : (
    <data value={latencyMs}>{milliseconds(latencyMs)}</data>
  );
}

function verdict(model: ModelChoice, trial: Trial | undefined, awaited: boolean) {
  if (model.refused !== null) {
    return <span class="quiet">does not run here: {model.refused}</span>;
  }
  if (trial === undefined) {
    return awaited ? (
      <span class="quiet waiting">waiting</span>
    ) : (
      <span class="quiet">not tried</span>
    );
  }
  if (trial.failed !== null) {
    return <span class="failed">failed: {trial.failed}</span>;
  }
  if (trial.difference === null) {
    return <span class="quiet">runs; the bundle has no golden vectors</span>;
  }
  return (
    <>
      <span class={trial.passed ? "passed" : "failed"}>{trial.passed ? "passed" : "failed"}</span>
      <span class="quiet">
        {" "}
        <data value={trial.difference}>{trial.difference.toPrecision(2)}</data> off,{" "}
        {trial.tolerance.toPrecision(2)} allowed
      </span>
    </>
  );
}

export function milliseconds(value: number): string {
  return `${value.toPrecision(value < 10 ? 2 : 3)} ms`;
}
