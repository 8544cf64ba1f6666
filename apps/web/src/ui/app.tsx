/** The page: an open bundle, an input for it, and the prediction. */

import { useEffect, useState } from "preact/hooks";
import { bundleAddress } from "../address.ts";
import { fetchFile, takeOver } from "../fetched.ts";
import { type LastOpened, lastOpened } from "../last_opened.ts";
import { keepAllForOffline, keepForOffline, type Offline } from "../offline.ts";
import type { Opened } from "../protocol.ts";
import { sourceOf } from "../provenance.ts";
import { readSite, type Site, UNREAD_SITE } from "../site.ts";
import { Bundles } from "./bundles.tsx";
import { Evaluate } from "./evaluate.tsx";
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
  const [offline, setOffline] = useState<Offline>({ line: "", canKeepAll: false });
  const bundle = useBundle(tell);
  const { opened, model, open } = bundle;
  const { result, image, predict } = usePrediction(bundle, tell);

  /** Open the bundle at an address. `kept` is the one opened last, if it may stand in for it. */
  const openAddress = async (address: string, kept: LastOpened | null = null) => {
    try {
      const url = bundleAddress(address);
      const source = sourceOf(url, location.origin);
      const same = kept?.source.kind === source.kind && kept.source.name === source.name;
      if (source.kind === "this site") {
        return await open(source, () =>
          fetchFile(url).catch((reason) => (same ? kept.content : Promise.reject(reason))),
        );
      }
      const fetched = (await takeOver(url)) ?? (same ? kept.content : null);
      if (fetched !== null) {
        return await open(source, async () => fetched);
      }
      // This page may not connect to another site. The user has to agree to it on the page that may.
      const move = opened === null ? "replace" : "assign";
      location[move](`fetch.html?bundle=${encodeURIComponent(url.href)}`);
    } catch (reason) {
      tell((reason as Error).message);
    }
  };
  /** Open what the page's address names, otherwise what was opened last, otherwise the first. */
  const openFirst = async ({ zoo }: Site) => {
    const named = new URLSearchParams(location.search).get("bundle");
    const kept = await lastOpened();
    if (named === null && kept?.source.kind === "file") {
      await open(kept.source, async () => kept.content);
    } else {
      await openAddress(named ?? kept?.source.name ?? `zoo/${zoo[0]!.file}`, kept);
    }
  };
  const openFile = (file: File) => {
    forgetNamed();
    return open({ kind: "file", name: file.name }, () => contentOf(file));
  };
  const takeFile = async (file: File) => {
    if (file.name.toLowerCase().endsWith(".satchel")) {
      await openFile(file);
    } else if (opened !== null && takesImages(opened)) {
      predict({ kind: "file", content: await contentOf(file) }, file);
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
        await openFirst(read);
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
          {offline.line}
        </p>
      </header>
      <main>
        <Bundles
          zoo={site.zoo}
          opened={opened}
          onAddress={(address) => {
            forgetNamed();
            return openAddress(address);
          }}
          onFile={openFile}
        />
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
                onUserInput={predict}
                onFile={takeFile}
                onError={tell}
              />
              <Result opened={opened} result={result} image={image} />
            </div>
            <Models
              opened={opened}
              trials={bundle.trials}
              chosen={model}
              formats={bundle.formats}
              onChoose={bundle.choose}
              onTryAll={bundle.tryAll}
            />
            {opened.labels.length > 0 && (
              <Evaluate key={bundle.turn} opened={opened} model={model} onError={tell} />
            )}
          </>
        )}
      </main>
      <footer>
        <p>
          Images and texts never leave this device. The page's security policy lets it connect to
          its own server only, and the app works without a network.
        </p>
        {offline.canKeepAll && (
          <p class="row">
            <button
              type="button"
              onClick={async () => {
                setOffline({ line: "Fetching all bundles…", canKeepAll: false });
                setOffline(await keepAllForOffline());
              }}
            >
              Keep all bundles for offline use
            </button>
            <span class="note">
              Without this, the bundles that you have used are there, and the one opened last.
            </span>
          </p>
        )}
      </footer>
    </>
  );
}

/** Take the bundle out of the page's address, so that a reload opens the one opened last. */
function forgetNamed(): void {
  history.replaceState(null, "", location.pathname);
}

function takesImages({ task }: Opened): boolean {
  return task === "image-classification" || task === "style-transfer";
}

async function contentOf(file: File): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.arrayBuffer());
}
