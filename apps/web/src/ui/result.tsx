/** What the model answered, how fast, and what it got to see. */

import type { Answer, Opened } from "../protocol.ts";
import { milliseconds } from "./models.tsx";
import { Picture } from "./picture.tsx";

const SHOWN = 5;

export function Result({ opened, answer }: { opened: Opened; answer: Answer | null }) {
  return (
    <section class="result" aria-labelledby="result">
      <h2 id="result">Answer</h2>
      <div role="status" aria-live="polite" aria-atomic="true">
        {answer?.picture && (
          <Picture pixels={answer.picture} title="What the model made" save={opened.name} />
        )}
        {answer && answer.predictions.length > 0 && <Bars answer={answer} />}
        {answer === null && <p class="quiet">Nothing asked yet.</p>}
      </div>
      {answer && (
        <p class="note">
          {answer.file}: {milliseconds(answer.modelMs)}, {milliseconds(answer.totalMs)} with all
          around it.
        </p>
      )}
      {answer?.seen && (
        <figure class="seen">
          <Picture pixels={answer.seen} title="What the model saw" />
          <figcaption>
            What the model saw, {answer.seen.width} × {answer.seen.height}
          </figcaption>
        </figure>
      )}
    </section>
  );
}

function Bars({ answer }: { answer: Answer }) {
  return (
    <ol class="bars">
      {answer.predictions.slice(0, SHOWN).map(({ label, score }) => (
        <li key={label}>
          <span class="label">{label}</span>
          <data class="score" value={score}>
            {(score * 100).toFixed(1)} %
          </data>
          <span class="track">
            <span class="fill" style={{ width: `${score * 100}%` }} />
          </span>
        </li>
      ))}
    </ol>
  );
}
