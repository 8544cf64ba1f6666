/** What to ask an open bundle, by its task. */

import type { Opened, Question } from "../protocol.ts";
import { Camera } from "./camera.tsx";
import { Drawing } from "./drawing.tsx";
import { FilePicker } from "./file_picker.tsx";
import { Seeds } from "./seeds.tsx";
import { Text } from "./text.tsx";

interface Given {
  readonly opened: Opened;
  readonly onQuestion: (question: Question) => void;
  readonly onFile: (file: File) => void;
  readonly onError: (line: string) => void;
}

export function Asking({ opened, onQuestion, onFile, onError }: Given) {
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
    </section>
  );
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
