/** A text field. The model runs on every change. */

import type { UserInput } from "../protocol.ts";

export function Text({ onUserInput }: { onUserInput: (input: UserInput) => void }) {
  return (
    <textarea
      aria-labelledby="input"
      rows={6}
      placeholder="A wonderful film, I loved every minute."
      onInput={({ currentTarget }) => onUserInput({ kind: "text", text: currentTarget.value })}
    />
  );
}
