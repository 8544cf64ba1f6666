/** The open bundle, and what its models' trials gave. */

import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../client.ts";
import { fastest } from "../engines/ranking.ts";
import type { Opened, Trial } from "../protocol.ts";

export interface OpenBundle {
  readonly opened: Opened | null;
  readonly trials: readonly Trial[];
  /** The model that answers: the one that was chosen, else the fastest that passed. */
  readonly model: string | null;
  /** What is being opened; empty when nothing is. */
  readonly opening: string;
  /** How many were opened so far: a key for what belongs to one of them. */
  readonly turn: number;
  readonly open: (name: string, read: () => Promise<Uint8Array<ArrayBuffer>>) => Promise<void>;
  readonly choose: (model: string) => void;
}

/** Return the open bundle; `tell` is called with a line where one cannot be opened. */
export function useBundle(tell: (line: string) => void): OpenBundle {
  const [{ opened, turn }, setOpened] = useState<{ opened: Opened | null; turn: number }>({
    opened: null,
    turn: 0,
  });
  const [trials, setTrials] = useState<readonly Trial[]>([]);
  const [chosen, choose] = useState<string | null>(null);
  const [opening, setOpening] = useState("");
  const opens = useRef(0);

  const open: OpenBundle["open"] = async (name, read) => {
    opens.current += 1;
    const mine = opens.current;
    setOpening(name);
    tell("");
    try {
      const content = await read();
      const found = await call("open", [content], [content.buffer]);
      // Another may have been asked for meanwhile.
      if (mine === opens.current) {
        setTrials(found.trials);
        choose(null);
        setOpened({ opened: found, turn: mine });
      }
    } catch (reason) {
      tell(`${name}: ${(reason as Error).message}`);
    } finally {
      if (mine === opens.current) {
        setOpening("");
      }
    }
  };

  // The models that were not needed so far are tried one by one while the page is used.
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
    trials,
    model: chosen ?? fastest(trials.filter(({ passed }) => passed)),
    opening,
    turn,
    open,
    choose,
  };
}
