/** The page: a bundle, something to ask it, what it answers. */

import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../client.ts";
import { keepForOffline } from "../offline.ts";
import type { Answer, Opened, Question, Trial } from "../protocol.ts";
import { fetchBundle } from "../remote.ts";
import { Asking } from "./asking.tsx";
import { Bundles, type ZooEntry } from "./bundles.tsx";
import { fastest, Models } from "./models.tsx";
import { Result } from "./result.tsx";

/** Where the first bundle comes from: the address, as in `?bundle=https://…`, or the zoo. */
const ASKED_BUNDLE = new URLSearchParams(location.search).get("bundle");

export function App() {
  const [zoo, setZoo] = useState<readonly ZooEntry[]>([]);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [trials, setTrials] = useState<readonly Trial[]>([]);
  const [chosen, setChosen] = useState<string | null>(null);
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [busy, setBusy] = useState("");
  const [error, setError] = useState("");
  const [offline, setOffline] = useState("");
  const inFlight = useRef({
    running: false,
    next: null as Question | null,
    last: null as Question | null,
  });
  const opening = useRef(0);

  const file = chosen ?? fastest(trials);

  async function open(name: string, read: () => Promise<Uint8Array<ArrayBuffer>>) {
    const turn = ++opening.current;
    setBusy(`Opening ${name}`);
    setError("");
    try {
      const content = await read();
      const found = await call("open", [content], [content.buffer]);
      if (turn === opening.current) {
        inFlight.current.last = null;
        setAnswer(null);
        setChosen(null);
        setTrials(found.trials);
        setOpened(found);
      }
    } catch (reason) {
      setError(`${name}: ${(reason as Error).message}`);
    } finally {
      if (turn === opening.current) {
        setBusy("");
      }
    }
  }

  const openFromZoo = ({ file: name }: ZooEntry) => open(name, () => fetchBundle(`zoo/${name}`));
  const openAddress = (address: string) => open(address, () => fetchBundle(address));
  const openFile = (given: File) =>
    open(given.name, async () => new Uint8Array(await given.arrayBuffer()));

  // One question at a time, and of those that come meanwhile the last: a slider asks faster than a
  // phone answers.
  async function ask(question: Question) {
    const { current } = inFlight;
    dropped(current.next);
    current.next = question;
    if (current.running || file === null) {
      return;
    }
    current.running = true;
    try {
      while (current.next !== null) {
        const next: Question = current.next;
        current.next = null;
        current.last = next.kind === "bitmap" ? null : next;
        setAnswer(await call("answer", [file, next], next.kind === "bitmap" ? [next.bitmap] : []));
        setError("");
      }
    } catch (reason) {
      setError((reason as Error).message);
    } finally {
      current.running = false;
    }
  }

  useEffect(() => {
    fetch("zoo/index.json")
      .then((response) => response.json())
      .then((entries: ZooEntry[]) => {
        setZoo(entries);
        if (ASKED_BUNDLE !== null) {
          return openAddress(ASKED_BUNDLE);
        }
        return entries[0] && openFromZoo(entries[0]);
      })
      .then(keepForOffline)
      .then(setOffline)
      .catch((reason: Error) => setError(reason.message));
  }, []);

  // The models that were not needed so far are tried one by one while the page is used.
  useEffect(() => {
    const next = opened?.models.find(
      (model) => model.refused === null && !trials.some((trial) => trial.file === model.file),
    );
    if (next === undefined || busy !== "") {
      return;
    }
    const turn = opening.current;
    call("trial", [next.file])
      .then((trial) => turn === opening.current && setTrials((known) => [...known, trial]))
      .catch((reason: Error) => setError(reason.message));
  }, [opened, trials, busy]);

  // Another model answers the last question again.
  useEffect(() => {
    if (inFlight.current.last !== null) {
      ask(inFlight.current.last);
    }
  }, [file]);

  const takeFile = (given: File) => {
    if (/\.satchel$/i.test(given.name)) {
      return openFile(given);
    }
    if (!opened?.task.match(/^(image-classification|style-transfer)$/)) {
      return setError(
        `Expected a .satchel file, got ${given.name}: ${opened?.name ?? "the page"} takes no pictures.`,
      );
    }
    return given
      .arrayBuffer()
      .then((content) => ask({ kind: "file", content: new Uint8Array(content) }));
  };
  useFilesFromAnywhere(takeFile);

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
        <Bundles
          zoo={zoo}
          opened={opened}
          onZoo={openFromZoo}
          onAddress={openAddress}
          onFile={openFile}
        />
        <div class="lines">
          <p role="alert">{error}</p>
          <p role="status">{busy && `${busy}…`}</p>
        </div>
        {opened && file && (
          <>
            <div class="columns">
              <Asking
                key={`${opened.name} ${opening.current}`}
                opened={opened}
                onQuestion={ask}
                onFile={takeFile}
                onError={setError}
              />
              <Result opened={opened} answer={answer} />
            </div>
            <Models opened={opened} trials={trials} chosen={file} onChoose={setChosen} />
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

function dropped(question: Question | null) {
  if (question?.kind === "bitmap") {
    question.bitmap.close();
  }
}

/** Files that are dropped on the page or pasted into it. */
function useFilesFromAnywhere(take: (file: File) => void) {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const given = (event: Event, data: DataTransfer | null) => {
      const [file] = data?.files ?? [];
      if (file !== undefined) {
        event.preventDefault();
        latest.current(file);
      }
    };
    const paste = (event: ClipboardEvent) => given(event, event.clipboardData);
    const drop = (event: DragEvent) => given(event, event.dataTransfer);
    const over = (event: DragEvent) => event.preventDefault();
    document.addEventListener("paste", paste);
    document.addEventListener("drop", drop);
    document.addEventListener("dragover", over);
    return () => {
      document.removeEventListener("paste", paste);
      document.removeEventListener("drop", drop);
      document.removeEventListener("dragover", over);
    };
  }, []);
}
