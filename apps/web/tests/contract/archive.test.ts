import zlib from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Bytes, crc32, unpack } from "../../src/contract/archive.ts";
import { openBundle } from "../../src/contract/bundle.ts";
import { BundleError } from "../../src/contract/errors.ts";
import { MAX_ARCHIVE_BYTES, MAX_ENTRIES } from "../../src/contract/limits.ts";
import { bases, goldenBundle, load } from "./conformance.ts";
import { pack } from "./pack.ts";

const BASES = [...bases(load("refusals")).values()];
const IMAGE = BASES[0]!;
const bytes = fc.uint8Array({ maxLength: 200 }) as fc.Arbitrary<Bytes>;
const name = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,20}(\/[a-z0-9][a-z0-9._-]{0,9}){0,2}$/);

/** Return `entries` in the only order that an archive may have. */
function inOrder(entries: Iterable<readonly [string, Bytes]>): [string, Bytes][] {
  const key = (each: string) => (each === "card.json" ? "" : each);
  const sorted = Array.from(entries, ([each, data]): [string, Bytes] => [each, data]);
  return sorted.sort(([one], [other]) => (key(one) < key(other) ? -1 : 1));
}

/** Bundles with random damage: some bytes are dropped and others are inserted. */
const damaged = fc
  .record({
    from: fc.constantFrom(...BASES),
    at: fc.nat(),
    drop: fc.nat({ max: 80 }),
    insert: fc.uint8Array({ maxLength: 80 }),
  })
  .map(({ from, at, drop, insert }) => {
    const place = at % from.length;
    const pieces = [from.subarray(0, place), insert, from.subarray(place + drop)];
    return { from, content: new Uint8Array(Buffer.concat(pieces)) };
  });

describe("unpack", () => {
  test("undoes a packer that was written from the specification", () => {
    const entries = fc.array(fc.tuple(name, bytes), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(entries, (chosen) => {
        const ordered = inOrder(new Map(chosen));
        expect([...unpack(pack(ordered))]).toEqual(ordered);
      }),
    );
  });

  test("throws nothing but BundleError, for any bytes", () => {
    const begun = bytes.map(
      (rest) => new Uint8Array(Buffer.concat([Buffer.from("PK\x03\x04"), rest])),
    );
    fc.assert(
      fc.property(fc.oneof(bytes, begun), (content) => {
        expect(() => unpack(content)).toThrow(BundleError);
      }),
      { numRuns: 1000 },
    );
  });

  test("finds a bit that flips anywhere", () => {
    const content = IMAGE.slice();
    for (let bit = 0; bit < 8 * content.length; bit++) {
      content[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => unpack(content)).toThrow(BundleError);
      content[bit >> 3]! ^= 1 << (bit & 7);
    }
    expect(unpack(content).size).toBe(5);
  });

  test("finds a bundle that was cut short or continued", () => {
    for (let length = 0; length < IMAGE.length; length++) {
      expect(() => unpack(IMAGE.slice(0, length))).toThrow(BundleError);
    }
    expect(() => unpack(new Uint8Array(Buffer.concat([IMAGE, IMAGE])))).toThrow(BundleError);
  });

  test("accepts as many entries as a bundle may have, and not one more", () => {
    const entries = Array.from({ length: MAX_ENTRIES }, (_, at): [string, Bytes] => [
      `a${String(at).padStart(5, "0")}`,
      Uint8Array.of(at & 255),
    ]);
    expect(unpack(pack(entries)).size).toBe(MAX_ENTRIES);
    expect(() => unpack(pack([...entries, ["b", new Uint8Array()]]))).toThrow("at most 1000");
  });

  test("accepts a name of 100 characters, but none of 101", () => {
    expect(unpack(pack([["a".repeat(100), new Uint8Array()]])).size).toBe(1);
    expect(() => unpack(pack([["a".repeat(101), new Uint8Array()]]))).toThrow("Expected a name");
  });

  test("refuses entries out of order, and an entry before the card", () => {
    for (const names of [
      ["b", "a"],
      ["a", "a"],
      ["a", "card.json"],
      ["card.json", "card.json"],
    ]) {
      const content = pack(names.map((each): [string, Bytes] => [each, new Uint8Array()]));
      expect(() => unpack(content)).toThrow("out of place");
    }
  });

  test("refuses a file above the limit before it reads the file", () => {
    const huge = { length: MAX_ARCHIVE_BYTES + 1 } as Bytes;
    expect(() => unpack(huge)).toThrow("Expected a bundle of at most");
  });

  test("copies no entry, so that a bundle is in memory only once", () => {
    for (const data of unpack(IMAGE).values()) {
      expect(data.buffer).toBe(IMAGE.buffer);
    }
  });
});

test("crc32 agrees with zlib's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (data) => {
      expect(crc32(data)).toBe(zlib.crc32(data));
    }),
    { numRuns: 500 },
  );
});

describe("openBundle", () => {
  test.each(["digits.satchel", "reviews.satchel"])("opens %s", async (file) => {
    const bundle = await openBundle(goldenBundle(file));
    expect(bundle.card.models.length).toBeGreaterThan(6);
    expect(new Set(bundle.files.keys())).toEqual(new Set(bundle.card.files.keys()));
  });

  test("opens a randomly damaged bundle only if nothing changed, and throws only BundleErrors", async () => {
    await fc.assert(
      fc.asyncProperty(damaged, async ({ from, content }) => {
        const error = await openBundle(content).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        if (Buffer.compare(content, from) !== 0) {
          expect(error).toBeInstanceOf(BundleError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("throws only BundleErrors for any bytes in the place of the card", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, fc.json().map(encoded)), async (card) => {
        const content = pack([["card.json", card]]);
        await expect(openBundle(content)).rejects.toBeInstanceOf(BundleError);
      }),
      { numRuns: 300 },
    );
  });
});

function encoded(text: string): Bytes {
  return new TextEncoder().encode(text);
}
