/** Shows the prediction, its latency and the image that the model saw. */

import { useEffect, useRef } from "preact/hooks";
import type { ModelResult, Opened, Pixels } from "../protocol.ts";
import { ImageView } from "./image_view.tsx";
import { milliseconds } from "./models.tsx";

const SHOWN = 5;

interface Props {
  readonly opened: Opened;
  readonly result: ModelResult | null;
  /** The image file that the result belongs to; null for any other input. */
  readonly image: File | null;
}

export function Result({ opened, result, image }: Props) {
  return (
    <section class="result" aria-labelledby="result" style={{ minHeight: `${height(opened)}rem` }}>
      <h2 id="result">Prediction</h2>
      <div role="status" aria-live="polite" aria-atomic="true">
        {result?.image && (
          <ImageView pixels={result.image} title="What the model made" save={opened.name} />
        )}
        {result && result.predictions.length > 0 && <Bars result={result} />}
        {result === null && <p class="quiet">No input yet.</p>}
      </div>
      {result && (
        <p class="note">
          {result.file}: {milliseconds(result.modelMs)}, {milliseconds(result.totalMs)} in all
        </p>
      )}
      {result?.seen && <Seen seen={result.seen} file={image} />}
    </section>
  );
}

function Seen({ seen, file }: { seen: Pixels; file: File | null }) {
  return (
    <div class="row seen">
      {file && <Original file={file} />}
      <figure>
        <ImageView pixels={seen} title="What the model saw" />
        <figcaption>
          What the model saw, {seen.width} × {seen.height}
        </figcaption>
      </figure>
    </div>
  );
}

/** Shows the image as the browser decodes it. The model sees the pixels of `decode` instead. */
function Original({ file }: { file: File }) {
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const address = URL.createObjectURL(file);
    image.current!.src = address;
    return () => URL.revokeObjectURL(address);
  }, [file]);
  return (
    <figure>
      <img ref={image} alt={file.name} />
      <figcaption>Your image</figcaption>
    </figure>
  );
}

/** Return the height in rem that a result needs, so that nothing moves when it comes. */
function height({ task, labels }: Opened): number {
  const prediction = labels.length > 0 ? 3.2 * Math.min(labels.length, SHOWN) : 24;
  return 3 + prediction + (task === "image-classification" ? 11 : 0);
}

function Bars({ result }: { result: ModelResult }) {
  return (
    <ol class="bars">
      {result.predictions.slice(0, SHOWN).map(({ label, id, score, chosen }) => (
        <li key={id ?? label} class={chosen === false ? "unchosen" : undefined}>
          <span class="label">{id ?? label}</span>
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
