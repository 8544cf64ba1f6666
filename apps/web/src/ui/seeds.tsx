/** Two seeds, and a slider between their images. */

import { useEffect, useState } from "preact/hooks";
import type { UserInput } from "../protocol.ts";

/** The largest random seed. It is short enough to read out. A bundle takes seeds up to 2^53 - 1. */
const LARGEST_DRAWN = 9999;

export function Seeds({ onUserInput }: { onUserInput: (input: UserInput) => void }) {
  const [from, setFrom] = useState(7);
  const [to, setTo] = useState(8);
  const [percent, setPercent] = useState(0);
  useEffect(
    () => onUserInput({ kind: "seeds", from, to, mix: percent / 100 }),
    [from, to, percent],
  );
  return (
    <>
      <div class="row seeds">
        <Seed name="First seed" value={from} onChange={setFrom} />
        <Seed name="Second seed" value={to} onChange={setTo} />
        <button
          type="button"
          onClick={() => {
            setFrom(drawn());
            setTo(drawn());
          }}
        >
          Draw two
        </button>
      </div>
      <label class="slider" for="mix">
        From the first to the second: {percent} %
      </label>
      <input
        id="mix"
        type="range"
        min={0}
        max={100}
        value={percent}
        onInput={({ currentTarget }) => setPercent(currentTarget.valueAsNumber)}
      />
    </>
  );
}

function Seed({
  name,
  value,
  onChange,
}: {
  name: string;
  value: number;
  onChange: (seed: number) => void;
}) {
  return (
    <label class="seed">
      {name}
      <input
        type="number"
        min={0}
        max={Number.MAX_SAFE_INTEGER}
        step={1}
        value={value}
        onInput={({ currentTarget }) => {
          if (currentTarget.validity.valid && currentTarget.value !== "") {
            onChange(currentTarget.valueAsNumber);
          }
        }}
      />
    </label>
  );
}

function drawn(): number {
  return Math.floor(Math.random() * (LARGEST_DRAWN + 1));
}
