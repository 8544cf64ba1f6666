/** Sends a user's inputs to the chosen model and keeps the last result. */

import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../client.ts";
import type { ModelResult, UserInput } from "../protocol.ts";
import type { OpenBundle } from "./use_bundle.ts";

export interface Predicting {
  readonly result: ModelResult | null;
  readonly predict: (input: UserInput) => void;
}

/**
 * Return the last result of the open bundle, and a function that predicts.
 *
 * Each prediction calls `tell` with an error in one line, or with an empty line.
 */
export function usePrediction(
  { model, turn, opening }: OpenBundle,
  tell: (line: string) => void,
): Predicting {
  const [last, setLast] = useState<{ result: ModelResult | null; turn: number }>({
    result: null,
    turn: 0,
  });
  const queue = useRef({ running: false, next: null as UserInput | null });
  const lastInput = useRef<{ input: UserInput; turn: number } | null>(null);
  const current = useRef({ model, turn, opening });
  current.current = { model, turn, opening };

  // One input runs at a time. Of the inputs that come meanwhile only the last is kept, because a
  // slider moves faster than a phone predicts.
  async function predict(input: UserInput) {
    drop(queue.current.next);
    queue.current.next = input;
    if (!queue.current.running) {
      queue.current.running = true;
      await predictAll();
      queue.current.running = false;
    }
  }

  async function predictAll() {
    while (queue.current.next !== null) {
      const input: UserInput = queue.current.next;
      queue.current.next = null;
      const turnBefore = current.current.turn;
      const line = await predictOne(input).then(
        () => "",
        (reason: Error) => reason.message,
      );
      // If another bundle was opened meanwhile, this result no longer matters.
      if (turnBefore === current.current.turn) {
        tell(line);
      }
    }
  }

  async function predictOne(input: UserInput) {
    const { model: file, turn: inputTurn } = current.current;
    if (file !== null && current.current.opening === "") {
      lastInput.current = input.kind === "bitmap" ? null : { input, turn: inputTurn };
      const moved = input.kind === "bitmap" ? [input.bitmap] : [];
      setLast({ result: await call("predict", [file, input], moved), turn: inputTurn });
    }
  }

  // A newly chosen model runs on the last input.
  useEffect(() => {
    if (lastInput.current?.turn === turn) {
      predict(lastInput.current.input);
    }
  }, [model]);

  return { result: last.turn === turn ? last.result : null, predict };
}

function drop(input: UserInput | null) {
  if (input?.kind === "bitmap") {
    input.bitmap.close();
  }
}
