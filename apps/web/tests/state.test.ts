import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { unpack } from "../src/contract/archive.ts";
import type { Tensor } from "../src/contract/tensor.ts";
import { openedAnew } from "../src/engines/anew.ts";
import type { Engine } from "../src/engines/engine.ts";
import { stateOf } from "../src/engines/tflite_state.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../..");

/** Return the content of the .tflite files of a bundle. */
function tflites(bundle: string): [string, Uint8Array][] {
  const files = unpack(new Uint8Array(readFileSync(join(REPOSITORY, bundle))));
  return [...files].filter(([name]) => name.endsWith(".tflite"));
}

const [[, RECURRENT], [, COUNTING]] = ["recurrent", "counting"].map(
  (name) => tflites(`apps/web/tests/browser/${name}.satchel`)[0]!,
) as [[string, Uint8Array], [string, Uint8Array]];

describe("a model keeps a state", () => {
  test("in variable tensors as a fused LSTM, or in resource variables", () => {
    expect(stateOf(RECURRENT)).toBe("variable tensors");
    expect(stateOf(COUNTING)).toBe("resource variables");
  });

  test.each(["zoo/imdb_lstm.satchel", "zoo/mnist.satchel", "tests/golden/digits.satchel"])(
    "but not those of %s, whose recurrent layers are unrolled",
    (bundle) => {
      const models = tflites(bundle);
      expect(models.length).toBeGreaterThan(0);
      for (const [name, content] of models) {
        expect(stateOf(content), name).toBeNull();
      }
    },
  );

  test("and a file that is cut off or damaged ends in an error or an answer, at once", () => {
    const random = (seed: number) => (seed * 2654435761) >>> 0;
    for (let seed = 1; seed < 300; seed++) {
      const damaged = RECURRENT.slice(
        0,
        seed % 3 === 0 ? random(seed) % RECURRENT.length : undefined,
      );
      for (let at = 0; at < 8 && damaged.length > 0; at++) {
        damaged[random(seed * 8 + at) % Math.min(damaged.length, 400)] = random(seed + at) & 255;
      }
      try {
        expect([null, "variable tensors", "resource variables"]).toContain(stateOf(damaged));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
  });

  test("and vectors that share their elements do not make the walk long", () => {
    const count = 20_000;
    const file = new DataView(new ArrayBuffer(64 + 8 * count));
    const [model, graphs, graph] = [32, 40, 44 + 4 * count];
    const tensors = graph + 8;
    const tensor = tensors + 4 + 4 * count;
    // Where each kind of table says at which offset its fields are: the model's third, the graph's
    // first, and none of a tensor's.
    for (const [at, table, offsets] of [
      [8, model, [0, 0, 4]],
      [20, graph, [4]],
      [28, tensor, []],
    ] as const) {
      file.setUint16(at, 4 + 2 * offsets.length, true);
      offsets.forEach((offset, slot) => {
        file.setUint16(at + 4 + 2 * slot, offset, true);
      });
      file.setInt32(table, table - at, true);
    }
    const point = (from: number, to: number) => file.setUint32(from, to - from, true);
    point(0, model);
    point(model + 4, graphs);
    point(graph + 4, tensors);
    // Every graph is the same one, and so is every tensor.
    for (const [vector, element] of [
      [graphs, graph],
      [tensors, tensor],
    ] as const) {
      file.setUint32(vector, count, true);
      for (let at = 0; at < count; at++) {
        point(vector + 4 + 4 * at, element);
      }
    }
    expect(() => stateOf(new Uint8Array(file.buffer))).toThrow("fewer elements");
  });
});

/** A model whose output is the sum of all inputs since it was opened. */
function summing(log: string[]): () => Promise<Engine> {
  return async () => {
    let sum = 0;
    log.push("open");
    return {
      run: async ([input]) => {
        const { data, shape } = input!;
        sum += Number(data[0]);
        if (sum < 0) {
          throw new Error("negative");
        }
        return { dtype: "float32", data: new Float32Array([sum]), shape };
      },
      close: async () => {
        log.push("close");
      },
    };
  };
}

const input = (value: number): Tensor[] => [
  { dtype: "float32", data: new Float32Array([value]), shape: [1] },
];

describe("a model that is opened anew", () => {
  test("answers every input as the first one, and leaves nothing open", async () => {
    const log: string[] = [];
    const engine = await openedAnew(summing(log));
    for (const value of [3, 4, 4]) {
      expect((await engine.run(input(value))).data[0]).toBe(value);
    }
    await engine.close();
    expect(log).toEqual(["open", "close", "open", "close", "open", "close"]);
  });

  test("answers two inputs at a time, and after one that failed", async () => {
    const log: string[] = [];
    const engine = await openedAnew(summing(log));
    const both = await Promise.all([engine.run(input(1)), engine.run(input(2))]);
    expect(both.map(({ data }) => data[0])).toEqual([1, 2]);
    await expect(engine.run(input(-1))).rejects.toThrow("negative");
    expect((await engine.run(input(5))).data[0]).toBe(5);
    expect(log.filter((word) => word === "open").length).toBe(4);
    expect(log.filter((word) => word === "close").length).toBe(4);
  });

  test("is closed before it has run", async () => {
    const log: string[] = [];
    await (await openedAnew(summing(log))).close();
    expect(log).toEqual(["open", "close"]);
  });
});
