/** The page: a bundle, something to ask it, what it answers. */

import { useEffect, useState } from "preact/hooks";
import { keepForOffline } from "../offline.ts";
import type { Opened } from "../protocol.ts";
import { fetchBundle } from "../remote.ts";
import { Asking } from "./asking.tsx";
import { Bundles, type ZooEntry } from "./bundles.tsx";
import { Models } from "./models.tsx";
import { Result } from "./result.tsx";
import { useAnswer } from "./use_answer.ts";
import { useBundle } from "./use_bundle.ts";
import { useFiles } from "./use_files.ts";

export function App() {
  const [zoo, setZoo] = useState<readonly ZooEntry[]>([]);
  const [line, tell] = useState("");
  const [picture, setPicture] = useState<{ file: File; turn: number } | null>(null);
  const [offline, setOffline] = useState("");
  const bundle = useBundle(tell);
  const { opened, model, open } = bundle;
  const { answer, ask } = useAnswer(bundle, tell);

  const openAddress = (address: string) => open(address, () => fetchBundle(address));
  const openFile = (file: File) => open(file.name, () => contentOf(file));
  const takeFile = async (file: File) => {
    if (file.name.toLowerCase().endsWith(".satchel")) {
      await openFile(file);
    } else if (opened !== null && takesPictures(opened)) {
      setPicture({ file, turn: bundle.turn });
      ask({ kind: "file", content: await contentOf(file) });
    } else {
      const why = opened === null ? "no bundle is open" : `${opened.name} takes no pictures`;
      tell(`Expected a .satchel file, got ${file.name}: ${why}.`);
    }
  };
  useFiles(takeFile);

  useEffect(() => {
    readZoo()
      .then(async (entries) => {
        setZoo(entries);
        await openAddress(firstBundle(entries));
        setOffline(await keepForOffline());
      })
      .catch((reason: Error) => tell(reason.message));
  }, []);

  return (
    <>
      <header class="top">
        <h1>Satchel</h1>
        <p>Models that run on this device.</p>
        <p class="offline" role="status">
          {offline}
        </p>
      </header>
      <main>
        <Bundles zoo={zoo} opened={opened} onAddress={openAddress} onFile={openFile} />
        <div class="lines">
          <p role="alert">{line}</p>
          <p role="status">{bundle.opening && `Opening ${bundle.opening}…`}</p>
        </div>
        {opened && model && (
          <>
            <div class="columns">
              <Asking
                key={bundle.turn}
                opened={opened}
                picture={picture?.turn === bundle.turn ? picture.file : null}
                onQuestion={(question) => {
                  setPicture(null);
                  ask(question);
                }}
                onFile={takeFile}
                onError={tell}
              />
              <Result opened={opened} answer={answer} />
            </div>
            <Models
              opened={opened}
              trials={bundle.trials}
              chosen={model}
              onChoose={bundle.choose}
            />
          </>
        )}
      </main>
      <footer>
        <p>
          Pictures and texts never leave this device. The page's security policy lets it connect to
          nothing but the server it came from, and it works without any network.
        </p>
      </footer>
    </>
  );
}

async function readZoo(): Promise<ZooEntry[]> {
  return (await fetch("zoo/index.json")).json();
}

/** Return the address of what to begin with: the page's own says it, or the zoo's first. */
function firstBundle(zoo: readonly ZooEntry[]): string {
  return new URLSearchParams(location.search).get("bundle") ?? `zoo/${zoo[0]!.file}`;
}

function takesPictures({ task }: Opened): boolean {
  return task === "image-classification" || task === "style-transfer";
}

async function contentOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.arrayBuffer());
}
