/** What to ask an open bundle, by its task. */

import { useEffect, useRef } from "preact/hooks";
import type { Opened, Question } from "../protocol.ts";
import { Camera } from "./camera.tsx";
import { Drawing } from "./drawing.tsx";
import { FilePicker } from "./file_picker.tsx";
import { Seeds } from "./seeds.tsx";
import { Text } from "./text.tsx";

interface Given {
  readonly opened: Opened;
  /** That was asked last */
  readonly picture: File | null;
  readonly onQuestion: (question: Question) => void;
  readonly onFile: (file: File) => void;
  readonly onError: (line: string) => void;
}

export function Asking({ opened, picture, onQuestion, onFile, onError }: Given) {
  return (
    <section aria-labelledby="asking">
      <h2 id="asking">{TITLES[opened.task]}</h2>
      {opened.task === "text-classification" && <Text onQuestion={onQuestion} />}
      {opened.task === "image-generation" && <Seeds onQuestion={onQuestion} />}
      {areDigits(opened.labels) && <Drawing onQuestion={onQuestion} />}
      {(opened.task === "image-classification" || opened.task === "style-transfer") && (
        <div class="row">
          <FilePicker label="Choose a picture" accept="image/*" onFile={onFile} />
          <Camera onQuestion={onQuestion} onError={onError} />
          <p class="note">or drop or paste one anywhere on this page.</p>
        </div>
      )}
      {picture && <Shown picture={picture} />}
    </section>
  );
}

/** The picture as the browser shows it, for people; the model gets it by the contract. */
function Shown({ picture }: { picture: File }) {
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    const address = URL.createObjectURL(picture);
    image.current!.src = address;
    return () => URL.revokeObjectURL(address);
  }, [picture]);
  return <img ref={image} class="given" alt={picture.name} />;
}

const TITLES: Record<Opened["task"], string> = {
  "image-classification": "Picture",
  "text-classification": "Text",
  "image-generation": "Two seeds",
  "style-transfer": "Picture",
};

function areDigits(labels: readonly string[]): boolean {
  return [...labels].sort().join() === "0,1,2,3,4,5,6,7,8,9";
}
