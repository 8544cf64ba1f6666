/** Opens a bundle from the zoo, a file or an address. */

import { useEffect, useRef } from "preact/hooks";
import type { Task } from "../contract/card.ts";
import type { Opened } from "../protocol.ts";
import { title, type ZooEntry } from "../site.ts";
import { FilePicker } from "./file_picker.tsx";

interface Props {
  readonly zoo: readonly ZooEntry[];
  readonly opened: Opened | null;
  readonly onAddress: (address: string) => void;
  readonly onFile: (file: File) => void;
}

const TASKS: Record<Task, string> = {
  "image-classification": "images to labels",
  "text-classification": "texts to labels",
  "image-generation": "seeds to images",
  "style-transfer": "images to images",
};

export function Bundles({ zoo, opened, onAddress, onFile }: Props) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => showChosen(list.current!), [zoo, opened]);
  return (
    <section aria-labelledby="bundles">
      <h2 id="bundles">Bundle</h2>
      <ul class="zoo" ref={list}>
        {zoo.map((entry) => (
          <li key={entry.file}>
            <button
              type="button"
              aria-pressed={entry.cardDigest === opened?.cardDigest}
              onClick={() => onAddress(`zoo/${entry.file}`)}
            >
              <strong>{title(entry)}</strong>
              <span>{TASKS[entry.task]}</span>
              <span>{megabytes(entry.sizeBytes)}</span>
            </button>
          </li>
        ))}
      </ul>
      <details class="other">
        <summary>Open another bundle</summary>
        <div class="row">
          <FilePicker label="Choose a .satchel file" onFile={onFile} />
          <form
            class="row"
            onSubmit={(event) => {
              event.preventDefault();
              onAddress(String(new FormData(event.currentTarget).get("address")).trim());
            }}
          >
            <label for="address">or from an address</label>
            <input
              id="address"
              name="address"
              type="text"
              inputMode="url"
              required
              placeholder="https://"
            />
            <button type="submit">Open</button>
          </form>
        </div>
        <p class="note">A file can also be dropped anywhere on this page.</p>
      </details>
    </section>
  );
}

/** Scroll a list sideways to the chosen bundle; a phone shows two of them at a time. */
function showChosen(list: HTMLUListElement): void {
  const chosen = list.querySelector<HTMLElement>("[aria-pressed=true]");
  if (chosen !== null) {
    const beside = (list.clientWidth - chosen.offsetWidth) / 2;
    list.scrollLeft = chosen.offsetLeft - list.offsetLeft - beside;
  }
}

export function megabytes(bytes: number): string {
  return bytes < 100_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
