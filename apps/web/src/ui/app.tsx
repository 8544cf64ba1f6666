/** The page: an open bundle, an input for it, and the prediction. */

import { useEffect, useState } from "preact/hooks";
import { bundleAddress } from "../address.ts";
import { fetchFile, takeOver } from "../fetched.ts";
import { keepForOffline } from "../offline.ts";
import type { Opened } from "../protocol.ts";
import { sourceOf } from "../provenance.ts";
import { readSite, type Site, UNREAD_SITE } from "../site.ts";
import { Bundles } from "./bundles.tsx";
import { InputSection } from "./input_section.tsx";
import { Models } from "./models.tsx";
import { Provenance } from "./provenance.tsx";
import { Result } from "./result.tsx";
import { useBundle } from "./use_bundle.ts";
import { useFiles } from "./use_files.ts";
import { usePrediction } from "./use_prediction.ts";

export function App() {
  const [site, setSite] = useState(UNREAD_SITE);
  const [line, tell] = useState("");
  const [image, setImage] = useState<{ file: File; turn: number } | null>(null);
  const [offline, setOffline] = useState("");
  const bundle = useBundle(tell);
  const { opened, model, open } = bundle;
  const { result, predict } = usePrediction(bundle, tell);

  const openAddress = async (address: string) => {
    try {
      const url = bundleAddress(address);
      const source = sourceOf(url, location.origin);
      if (source.kind === "this site") {
        return await open(source, () => fetchFile(url));
      }
      const kept = await takeOver(url);
      if (kept !== null) {
        return await open(source, async () => kept);
      }
      // This page may not connect to another site. The user has to agree to it on the page that may.
      const move = opened === null ? "replace" : "assign";
      location[move](`fetch.html?bundle=${encodeURIComponent(url.href)}`);
    } catch (reason) {
      tell((reason as Error).message);
    }
  };
  const openFile = (file: File) => open({ kind: "file", name: file.name }, () => contentOf(file));
  const takeFile = async (file: File) => {
    if (file.name.toLowerCase().endsWith(".satchel")) {
      await openFile(file);
    } else if (opened !== null && takesImages(opened)) {
      setImage({ file, turn: bundle.turn });
      predict({ kind: "file", content: await contentOf(file) });
    } else {
      const why = opened === null ? "no bundle is open" : `${opened.name} takes no images`;
      tell(`Expected a .satchel file, got ${file.name}: ${why}.`);
    }
  };
  useFiles(takeFile);

  useEffect(() => {
    readSite()
      .then(async (read) => {
        setSite(read);
        await openAddress(firstBundle(read));
        setOffline(await keepForOffline());
      })
      .catch((reason: Error) => tell(reason.message));
  }, []);

  return (
    <>
      <header class="top">
        <h1>Satchel</h1>
        <p>Runs models on this device. Your images and texts never leave it.</p>
        <p class="offline" role="status">
          {offline}
        </p>
      </header>
      <main>
        <Bundles zoo={site.zoo} opened={opened} onAddress={openAddress} onFile={openFile} />
        <div class="lines">
          <p role="alert">{line}</p>
          <p role="status">{bundle.opening && `Opening ${bundle.opening}…`}</p>
        </div>
        {opened && bundle.source && model && (
          <>
            <Provenance opened={opened} source={bundle.source} site={site} />
            <div class="columns">
              <InputSection
                key={bundle.turn}
                opened={opened}
                onUserInput={(input) => {
                  setImage(null);
                  predict(input);
                }}
                onFile={takeFile}
                onError={tell}
              />
              <Result
                opened={opened}
                result={result}
                image={image?.turn === bundle.turn ? image.file : null}
              />
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
          Images and texts never leave this device. The page's security policy lets it connect to
          its own server only, and the app works without a network.
        </p>
      </footer>
    </>
  );
}

/**
 * Return the address of the first bundle: `?bundle=` of the page's address, or the first of the
 * zoo.
 */
function firstBundle({ zoo }: Site): string {
  return new URLSearchParams(location.search).get("bundle") ?? `zoo/${zoo[0]!.file}`;
}

function takesImages({ task }: Opened): boolean {
  return task === "image-classification" || task === "style-transfer";
}

async function contentOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.arrayBuffer());
}
