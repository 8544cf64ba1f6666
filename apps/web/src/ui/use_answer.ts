/** Questions to the open bundle, and the last answer. */

import { useEffect, useRef, useState } from "preact/hooks";
import { call } from "../client.ts";
import type { Answer, Question } from "../protocol.ts";
import type { OpenBundle } from "./use_bundle.ts";

export interface Answering {
  readonly answer: Answer | null;
  readonly ask: (question: Question) => void;
}

/** Return the last answer of the bundle's model; `tell` is called with a line, empty if all is well. */
export function useAnswer(
  { model, turn, opening }: OpenBundle,
  tell: (line: string) => void,
): Answering {
  const [{ answer, of }, setAnswer] = useState<{ answer: Answer | null; of: number }>({
    answer: null,
    of: 0,
  });
  const queue = useRef({ running: false, next: null as Question | null });
  const last = useRef<{ question: Question; turn: number } | null>(null);
  const current = useRef({ model, turn, opening });
  current.current = { model, turn, opening };

  // One question at a time, and of those that come meanwhile the last: a slider asks faster than a
  // phone answers.
  async function ask(question: Question) {
    drop(queue.current.next);
    queue.current.next = question;
    if (!queue.current.running) {
      queue.current.running = true;
      await answerAll();
      queue.current.running = false;
    }
  }

  async function answerAll() {
    while (queue.current.next !== null) {
      const question: Question = queue.current.next;
      queue.current.next = null;
      const asked = current.current.turn;
      const line = await answerOne(question).then(
        () => "",
        (reason: Error) => reason.message,
      );
      // What another bundle was asked concerns nobody any more.
      if (asked === current.current.turn) {
        tell(line);
      }
    }
  }

  async function answerOne(question: Question) {
    const { model: file, turn: of } = current.current;
    if (file !== null && current.current.opening === "") {
      last.current = question.kind === "bitmap" ? null : { question, turn: of };
      const moved = question.kind === "bitmap" ? [question.bitmap] : [];
      setAnswer({ answer: await call("answer", [file, question], moved), of });
    }
  }

  // Another model answers the last question again.
  useEffect(() => {
    if (last.current?.turn === turn) {
      ask(last.current.question);
    }
  }, [model]);

  return { answer: of === turn ? answer : null, ask };
}

function drop(question: Question | null) {
  if (question?.kind === "bitmap") {
    question.bitmap.close();
  }
}
