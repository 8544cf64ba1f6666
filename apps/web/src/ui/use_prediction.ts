/** Sends a user's inputs to the chosen model and keeps the last result. */

import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../client.ts";
import type { ModelResult, UserInput } from "../protocol.ts";
import type { OpenBundle } from "./use_bundle.ts";

export interface Predicting {
  readonly result: ModelResult | null;
  /** The image file that the result belongs to; null for any other input. */
  readonly image: File | null;
  readonly predict: (input: UserInput, image?: File | null) => void;
}

/** An input, and the file that it comes from if it is an image. */
interface Asked {
  readonly input: UserInput;
  readonly image: File | null;
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
  const [last, setLast] = useState<Pick<Predicting, "result" | "image"> & { turn: number }>({
    result: null,
    image: null,
    turn: 0,
  });
  const queue = useRef({ running: false, next: null as Asked | null });
  const lastAsked = useRef<(Asked & { turn: number }) | null>(null);
  const current = useRef({ model, turn, opening });
  current.current = { model, turn, opening };

  // One input runs at a time. Of the inputs that come meanwhile only the last is kept, because a
  // slider moves faster than a phone predicts.
  async function predict(input: UserInput, image: File | null = null) {
    drop(queue.current.next);
    queue.current.next = { input, image };
    if (!queue.current.running) {
      queue.current.running = true;
      await predictAll();
      queue.current.running = false;
    }
  }

  async function predictAll() {
    while (queue.current.next !== null) {
      const asked: Asked = queue.current.next;
      queue.current.next = null;
      const turnBefore = current.current.turn;
      const line = await predictOne(asked).then(
        () => "",
        (reason: Error) => reason.message,
      );
      // If another bundle was opened meanwhile, this result no longer matters.
      if (turnBefore === current.current.turn) {
        tell(line);
      }
    }
  }

  async function predictOne({ input, image }: Asked) {
    const { model: file, turn: inputTurn } = current.current;
    if (file !== null && current.current.opening === "") {
      lastAsked.current = input.kind === "bitmap" ? null : { input, image, turn: inputTurn };
      const moved = input.kind === "bitmap" ? [input.bitmap] : [];
      const result = await call("predict", [file, input], moved);
      setLast({ result, image, turn: inputTurn });
    }
  }

  // A newly chosen model runs on the last input.
  useEffect(() => {
    if (lastAsked.current?.turn === turn) {
      predict(lastAsked.current.input, lastAsked.current.image);
    }
  }, [model]);

  const { result, image } = last.turn === turn ? last : { result: null, image: null };
  return { result, image, predict };
}

function drop(asked: Asked | null) {
  if (asked?.input.kind === "bitmap") {
    asked.input.bitmap.close();
  }
}
