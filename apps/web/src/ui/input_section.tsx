/** The input controls of the open bundle, which depend on its task. */

import type { Opened, UserInput } from "../protocol.ts";
import { Camera } from "./camera.tsx";
import { Drawing } from "./drawing.tsx";
import { FilePicker } from "./file_picker.tsx";
import { Seeds } from "./seeds.tsx";
import { Text } from "./text.tsx";

interface Props {
  readonly opened: Opened;
  readonly onUserInput: (input: UserInput) => void;
  readonly onFile: (file: File) => void;
  readonly onError: (line: string) => void;
}

export function InputSection({ opened, onUserInput, onFile, onError }: Props) {
  return (
    <section aria-labelledby="input">
      <h2 id="input">{TITLES[opened.task]}</h2>
      {opened.task === "text-classification" && <Text onUserInput={onUserInput} />}
      {opened.task === "image-generation" && <Seeds onUserInput={onUserInput} />}
      {areDigits(opened.labels) && <Drawing onUserInput={onUserInput} />}
      {(opened.task === "image-classification" || opened.task === "style-transfer") && (
        <div class="row">
          <FilePicker label="Choose an image" accept="image/*" onFile={onFile} />
          <Camera onUserInput={onUserInput} onError={onError} />
          <p class="note">or drop or paste one anywhere on this page.</p>
        </div>
      )}
    </section>
  );
}

const TITLES: Record<Opened["task"], string> = {
  "image-classification": "Image",
  "text-classification": "Text",
  "image-generation": "Two seeds",
  "style-transfer": "Image",
};

function areDigits(labels: readonly string[]): boolean {
  return [...labels].sort().join() === "0,1,2,3,4,5,6,7,8,9";
}
