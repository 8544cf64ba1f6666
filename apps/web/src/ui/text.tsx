/** A text, answered as it is typed. */

import type { Question } from "../protocol.ts";

export function Text({ onQuestion }: { onQuestion: (question: Question) => void }) {
  return (
    <>
      <label for="text">Text</label>
      <textarea
        id="text"
        rows={6}
        placeholder="A wonderful film, I loved every minute."
        onInput={({ currentTarget }) => onQuestion({ kind: "text", text: currentTarget.value })}
      />
    </>
  );
}
