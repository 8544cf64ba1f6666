import { describe, expect, test } from "vitest";
import type { Prediction } from "../src/contract/prediction.ts";
import { decodeText, evaluate, samplesOf } from "../src/evaluation.ts";
import type { ModelResult, UserInput } from "../src/protocol.ts";

const MODEL = { model: "full_int8.tflite", engine: "LiteRT.js", labels: ["cat", "dog"] };
const PLAIN = { id: null, chosen: null };
const OPEN = { signal: new AbortController().signal, onDone: () => undefined };

function files(content: Record<string, string>) {
  return Object.entries(content).map(([path, text]) => ({
    path,
    read: async () => new TextEncoder().encode(text),
  }));
}

/** Return a model that answers a text by the labels that it names, first one first. */
async function reading(input: UserInput): Promise<ModelResult> {
  if (input.kind !== "text" || input.text === "") {
    throw new Error("Expected a text, got none.");
  }
  const predictions = input.text
    .split(" ")
    .map((label, at): Prediction => ({ label, score: 1 / (at + 2), ...PLAIN }));
  return { file: MODEL.model, predictions, image: null, seen: null, totalMs: 1, modelMs: 1 };
}

const READING = { ...MODEL, task: "text-classification", predict: reading } as const;

describe("an evaluation", () => {
  test("writes a line for each sample as `satchel run --json` does", async () => {
    const samples = files({ "pets/cat/1.txt": "cat dog", "pets/dog/größer.txt": "cat" });
    const { answers } = await evaluate(samples, READING, OPEN);
    expect(answers).toBe(
      '{"input":"pets/cat/1.txt","predictions":[{"label":"cat","score":0.5},' +
        '{"label":"dog","score":0.3333333333333333}],"model":"full_int8.tflite",' +
        '"engine":"LiteRT.js"}\n' +
        '{"input":"pets/dog/größer.txt","predictions":[{"label":"cat","score":0.5}],' +
        '"model":"full_int8.tflite","engine":"LiteRT.js"}\n',
    );
  });

  test("counts the right ones by the folder below the chosen one", async () => {
    const samples = files({
      "pets/cat/1.txt": "cat",
      "pets/cat/dog/2.txt": "dog",
      "pets/dog/3.txt": "dog",
      "pets/others/4.txt": "dog",
      "pets/5.txt": "cat",
    });
    expect(await evaluate(samples, READING, OPEN)).toMatchObject({
      read: 5,
      labelled: 3,
      right: 2,
      unread: [],
    });
  });

  test("names samples that cannot be read, and goes on", async () => {
    const samples = files({ "pets/cat/1.txt": "", "pets/cat/2.txt": "cat" });
    const found = await evaluate(samples, READING, OPEN);
    expect(found.unread).toEqual(["pets/cat/1.txt: Expected a text, got none."]);
    expect(found).toMatchObject({ read: 1, labelled: 1, right: 1 });
  });

  test("keeps ids and the chosen labels of a model that has them", async () => {
    const predictions = [{ label: "crane", score: 0.5, id: "n01", chosen: true }];
    const predict = async (): Promise<ModelResult> => ({
      ...(await reading({ kind: "text", text: "crane" })),
      predictions,
    });
    const { answers } = await evaluate(files({ "a.png": "" }), { ...READING, predict }, OPEN);
    expect(JSON.parse(answers).predictions).toEqual(predictions);
  });

  test("stops before the next sample, and keeps the answers so far", async () => {
    const stop = new AbortController();
    const onDone = (count: number) => count === 2 && stop.abort();
    const samples = files({ "a.txt": "cat", "b.txt": "cat", "c.txt": "cat" });
    const { read } = await evaluate(samples, READING, { signal: stop.signal, onDone });
    expect(read).toBe(2);
  });

  test("takes the files of its task alone, in the order of their paths", () => {
    const paths = ["p/b.PNG", "p/a.jpeg", "p/notes.txt", "p/.DS_Store", "p/c.tif"];
    const found = paths.map((path) => ({ path }));
    const names = (task: Parameters<typeof samplesOf>[1]) =>
      samplesOf(found, task).map(({ path }) => path);
    expect(names("image-classification")).toEqual(["p/a.jpeg", "p/b.PNG", "p/c.tif"]);
    expect(names("text-classification")).toEqual(["p/notes.txt"]);
    expect(names("image-generation")).toEqual([]);
  });
});

describe("a text file", () => {
  test.each([
    ["UTF-8", [0xc3, 0xa9]],
    ["UTF-8 with a mark", [0xef, 0xbb, 0xbf, 0xc3, 0xa9]],
    ["UTF-16 little endian", [0xff, 0xfe, 0xe9, 0x00]],
    ["UTF-16 big endian", [0xfe, 0xff, 0x00, 0xe9]],
  ])("is read in %s", (_name, bytes) => {
    expect(decodeText(new Uint8Array(bytes))).toBe("é");
  });

  test("in another encoding is refused in a line", () => {
    expect(() => decodeText(new Uint8Array([0x61, 0xe9]))).toThrow(
      "Expected text in UTF-8, got other bytes.",
    );
  });
});
