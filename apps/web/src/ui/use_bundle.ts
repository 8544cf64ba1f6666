/** Holds the open bundle and the trials of its models. */

import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../client.ts";
import type { Format } from "../contract/card.ts";
import { fastest } from "../engines/ranking.ts";
import { keepOpened } from "../last_opened.ts";
import type { ModelChoice, Opened, Trial } from "../protocol.ts";
import type { Source } from "../provenance.ts";

export interface OpenBundle {
  readonly opened: Opened | null;
  /** Where the open bundle comes from; null if none is open. */
  readonly source: Source | null;
  readonly trials: readonly Trial[];
  /**
   * The model that is used: the chosen one, otherwise the fastest one that passed. Until one is
   * measured it is the first one that passed.
   */
  readonly model: string | null;
  /** The formats whose models are tried. The library of another one is fetched if it is wanted. */
  readonly formats: ReadonlySet<Format>;
  /** The name of the bundle that is being opened; empty if there is none. */
  readonly opening: string;
  /** The number of bundles opened so far. It identifies what belongs to one of them. */
  readonly turn: number;
  /** Open a bundle. If this fails, the previous one stays open. */
  readonly open: (source: Source, read: () => Promise<Uint8Array<ArrayBuffer>>) => Promise<void>;
  readonly choose: (model: string) => void;
  /** Fetch the library of each format of the open bundle, and try all its models. */
  readonly tryAll: () => void;
}

/** Return the open bundle. It calls `tell` with one line if a bundle cannot be opened. */
export function useBundle(tell: (line: string) => void): OpenBundle {
  const [{ opened, source, turn }, setOpened] = useState<
    Pick<OpenBundle, "opened" | "source" | "turn">
  >({ opened: null, source: null, turn: 0 });
  const [trials, setTrials] = useState<readonly Trial[]>([]);
  const [chosen, choose] = useState<string | null>(null);
  const [opening, setOpening] = useState("");
  const [formats, setFormats] = useState<ReadonlySet<Format>>(new Set());
  const [trying, setTrying] = useState(false);
  const opens = useRef(0);
  const current = useRef(turn);
  current.current = turn;
  const want = (models: readonly ModelChoice[]) =>
    setFormats((known) => new Set([...known, ...models.map(({ format }) => format)]));

  const open: OpenBundle["open"] = async (from, read) => {
    opens.current += 1;
    const mine = opens.current;
    setOpening(from.name);
    tell("");
    try {
      const content = await read();
      // The worker takes the bytes over.
      const copy = new Blob([content]);
      const found = await call("open", [content], [content.buffer]);
      // The user may have opened another bundle meanwhile.
      if (mine === opens.current) {
        setTrials(found.trials);
        want(found.models.filter(({ file }) => found.trials.some((trial) => trial.file === file)));
        choose(null);
        setOpened({ opened: found, source: from, turn: mine });
        setOpening("");
        await keepOpened(from, copy).catch((reason: Error) =>
          tell(`${from.name} is open, but not kept for a reload: ${reason.message}`),
        );
      }
    } catch (reason) {
      tell(`${from.name}: ${(reason as Error).message}`);
    } finally {
      if (mine === opens.current) {
        setOpening("");
      }
    }
  };

  // The models are tried and warmed one by one while the page is in use.
  useEffect(() => {
    const next = opened?.models.find((model) => isNext(model, formats, trials));
    if (next === undefined || trying || opening !== "") {
      return;
    }
    setTrying(true);
    const still = () => current.current === turn;
    call("trial", [next.file])
      .then((trial) => still() && setTrials((known) => replaced(known, trial)))
      .catch((reason: Error) => still() && tell(reason.message))
      .finally(() => setTrying(false));
  }, [opened, trials, opening, formats, trying]);

  return {
    opened,
    source,
    trials,
    model: chosen ?? fastest(trials.filter(({ passed }) => passed)),
    opening,
    formats,
    turn,
    open,
    choose,
    tryAll: () => want(opened?.models.filter(({ refused }) => refused === null) ?? []),
  };
}

/** Return whether a model is still to be tried, or to be measured after its self-test. */
function isNext(
  { file, format, refused }: ModelChoice,
  formats: ReadonlySet<Format>,
  trials: readonly Trial[],
): boolean {
  const known = trials.find((trial) => trial.file === file);
  return (
    refused === null &&
    formats.has(format) &&
    (known === undefined || (known.passed && known.latencyMs === null))
  );
}

function replaced(trials: readonly Trial[], trial: Trial): readonly Trial[] {
  return [...trials.filter(({ file }) => file !== trial.file), trial];
}
