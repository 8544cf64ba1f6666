import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepOpened, lastOpened } from "../src/last_opened.ts";
import type { Source } from "../src/provenance.ts";

const MINE: Source = { kind: "file", name: "größer.satchel" };
const OTHER: Source = { kind: "other site", name: "https://a.org/b.satchel", host: "a.org" };

beforeEach(() => {
  const kept = new Map<string, Response>();
  const put = async (key: string, response: Response) => void kept.set(key, response);
  const match = async (key: string) => kept.get(key)?.clone();
  vi.stubGlobal("caches", { open: async () => ({ put, match }) });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("the bundle opened last comes back with its source, whatever letters its name has", async () => {
  expect(await lastOpened()).toBeNull();
  await keepOpened(OTHER, new Blob(["before"]));
  await keepOpened(MINE, new Blob([new Uint8Array([0, 255])]));
  expect(await lastOpened()).toEqual({ source: MINE, content: new Uint8Array([0, 255]) });
  expect(await lastOpened()).toEqual({ source: MINE, content: new Uint8Array([0, 255]) });
});

test("a page for which the browser keeps nothing has none, and works", async () => {
  vi.stubGlobal("caches", undefined);
  await keepOpened(MINE, new Blob(["lost"]));
  expect(await lastOpened()).toBeNull();
});
