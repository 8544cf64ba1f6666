/** Holds the open bundle and the trials of its models. */

import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../client.ts";
import { fastest } from "../engines/ranking.ts";
import type { Opened, Trial } from "../protocol.ts";
import type { Source } from "../provenance.ts";

export interface OpenBundle {
  readonly opened: Opened | null;
  /** Where the open bundle comes from; null if none is open. */
  readonly source: Source | null;
  readonly trials: readonly Trial[];
  /** The model that is used: the chosen one, otherwise the fastest one that passed. */
  readonly model: string | null;
  /** The name of the bundle that is being opened; empty if there is none. */
  readonly opening: string;
  /** The number of bundles opened so far. It identifies what belongs to one of them. */
  readonly turn: number;
  readonly open: (source: Source, read: () => Promise<Uint8Array<ArrayBuffer>>) => Promise<void>;
  readonly choose: (model: string) => void;
}

/** Return the open bundle. It calls `tell` with one line if a bundle cannot be opened. */
export function useBundle(tell: (line: string) => void): OpenBundle {
  const [{ opened, source, turn }, setOpened] = useState<
    Pick<OpenBundle, "opened" | "source" | "turn">
  >({ opened: null, source: null, turn: 0 });
  const [trials, setTrials] = useState<readonly Trial[]>([]);
  const [chosen, choose] = useState<string | null>(null);
  const [opening, setOpening] = useState("");
  const opens = useRef(0);

  const open: OpenBundle["open"] = async (from, read) => {
    opens.current += 1;
    const mine = opens.current;
    setOpening(from.name);
    tell("");
    try {
      const content = await read();
      const found = await call("open", [content], [content.buffer]);
      // The user may have opened another bundle meanwhile.
      if (mine === opens.current) {
        setTrials(found.trials);
        choose(null);
        setOpened({ opened: found, source: from, turn: mine });
      }
    } catch (reason) {
      tell(`${from.name}: ${(reason as Error).message}`);
    } finally {
      if (mine === opens.current) {
        setOpening("");
      }
    }
  };

  // The other models are tried one by one while the page is in use.
  useEffect(() => {
    const next = opened?.models.find(
      (model) => model.refused === null && !trials.some((trial) => trial.file === model.file),
    );
    if (next === undefined || opening !== "") {
      return;
    }
    call("trial", [next.file])
      .then((trial) => opens.current === turn && setTrials((known) => [...known, trial]))
      .catch((reason: Error) => tell(reason.message));
  }, [opened, trials, opening]);

  return {
    opened,
    source,
    trials,
    model: chosen ?? fastest(trials.filter(({ passed }) => passed)),
    opening,
    turn,
    open,
    choose,
  };
}
