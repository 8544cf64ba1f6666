/** What the model answered, how fast, and what it got to see. */

import { useEffect, useRef } from "preact/hooks";
import type { Answer, Opened, Pixels } from "../protocol.ts";
import { Picture } from "./image.tsx";
import { milliseconds } from "./models.tsx";

const SHOWN = 5;

interface Given {
  readonly opened: Opened;
  readonly answer: Answer | null;
  /** The file that was asked, if it was one */
  readonly picture: File | null;
}

export function Result({ opened, answer, picture }: Given) {
  return (
    <section class="result" aria-labelledby="result" style={{ minHeight: `${height(opened)}rem` }}>
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
          {answer.file}: {milliseconds(answer.modelMs)}, {milliseconds(answer.totalMs)} in all
        </p>
      )}
      {answer?.seen && <Seen seen={answer.seen} picture={picture} />}
    </section>
  );
}

function Seen({ seen, picture }: { seen: Pixels; picture: File | null }) {
  return (
    <div class="row seen">
      {picture && <Original picture={picture} />}
      <figure>
        <Picture pixels={seen} title="What the model saw" />
        <figcaption>
          What the model saw, {seen.width} × {seen.height}
        </figcaption>
      </figure>
    </div>
  );
}

/** The picture as the browser shows it, for people; the model gets it by the contract. */
function Original({ picture }: { picture: File }) {
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const address = URL.createObjectURL(picture);
    image.current!.src = address;
    return () => URL.revokeObjectURL(address);
  }, [picture]);
  return (
    <figure>
      <img ref={image} alt={picture.name} />
      <figcaption>Your picture</figcaption>
    </figure>
  );
}

/** Return the room an answer will take, so that nothing moves when it comes. */
function height({ task, labels }: Opened): number {
  const answer = labels.length > 0 ? 3.2 * Math.min(labels.length, SHOWN) : 24;
  return 3 + answer + (task === "image-classification" ? 11 : 0);
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
