import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { InputError } from "../src/contract/errors.ts";
import { checkBudget, imageSize, imageType, segments, webpOrientation } from "../src/image_file.ts";
import { hasFittingProfile } from "../src/profile.ts";
import { readNpy } from "./browser/npy.ts";
import { load } from "./contract/conformance.ts";

const IMAGES = join(import.meta.dirname, "../../../tests/golden/conformance/pictures");
const names = readdirSync(IMAGES).filter((name) => !/\.(npy|tiff)$/.test(name));
const lying = /^orientation_[5-8]/;

describe("an image file", () => {
  test.each(names)(
    "%s has its size in its header, and its type does not depend on its name",
    (name) => {
      const content = read(name);
      const { shape } = readNpy(read(`${name}.upright.npy`));
      const [height, width] = lying.test(name) ? [shape[1], shape[0]] : shape;
      const type = imageType(content);
      expect(type).toBe(`image/${name.split(".").at(-1)!.replace("jpg", "jpeg")}`);
      expect(imageSize(content, type)).toEqual({ width, height });
    },
  );

  test.each(names)("%s, cut off anywhere, causes no error", (name) => {
    const content = read(name);
    const type = imageType(content);
    for (let end = 12; end < content.length; end++) {
      const cut = content.subarray(0, end);
      imageSize(cut, type);
      webpOrientation(cut);
    }
  });

  test("the orientation of a WebP file is read, and is 1 if it has none", () => {
    expect(webpOrientation(read("orientation_8.webp"))).toBe(8);
    expect(webpOrientation(read("lossless.webp"))).toBe(1);
  });

  test("a file of another format is refused, even if a browser would show it", () => {
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const heic = encode("\0\0\0\x18ftypmif1\0\0\0\0mif1heic");
    for (const [content, found] of [
      [encode('<svg xmlns="http://www.w3.org/2000/svg"/>'), "SVG: export it as PNG"],
      [encode("\0\0\0\x18ftypavif\0\0\0\0avifmif1"), "AVIF: convert it to JPEG"],
      [heic, "HEIC: convert it to JPEG"],
      [encode("%PDF-1.7"), "PDF: export it as PNG"],
      [encode("\0\0\0\x14ftypisom\0\0\0\0mp42"), "a video: save its frames as JPEG"],
      [new Uint8Array(0), "an empty file"],
      [Uint8Array.of(0x42), "something else"],
    ] as const) {
      expect(() => imageType(content)).toThrow(
        `Expected an image (BMP, GIF, JPEG, PNG, WebP), got ${found}.`,
      );
    }
  });

  test("a segment that claims to be longer than the file ends the list", () => {
    const content = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 1, 2, 3);
    expect(segments(content, "image/jpeg").map(({ name }) => name)).toEqual(["e0"]);
  });
});

describe("a profile is applied", () => {
  test.each([
    ["display_p3.png", true],
    ["adobe_rgb.jpg", true],
    ["display_p3_alpha.png", true],
    ["grey_with_colour_profile.png", false],
    ["damaged_profile.png", false],
    ["grey_16_bit.png", false],
    ["smooth.png", false],
    ["444.jpg", false],
    ["lossy.webp", false],
    ["plain.bmp", false],
  ])("%s: %s", async (name, applied) => {
    const content = read(name);
    expect(await hasFittingProfile(content, imageType(content))).toBe(applied);
  });
});

function read(name: string): Uint8Array {
  return new Uint8Array(readFileSync(join(IMAGES, name)));
}

describe("checkBudget", () => {
  test.each(load("pictures").budgets)("$name: $error", ({ pieces, error }) => {
    const content = Uint8Array.from(
      Buffer.concat(
        pieces.flatMap(([piece, times]) => Array(times).fill(Buffer.from(piece, "base64"))),
      ),
    );
    const check = () => checkBudget(content, imageType(content));
    if (error === null) {
      expect(check).not.toThrow();
    } else {
      expect(check).toThrow(InputError);
    }
  });

  test("refuses a file of more parts than any image has", () => {
    const comment = [0xff, 0xfe, 0, 2];
    const content = Uint8Array.from([
      0xff,
      0xd8,
      ...Array(2 ** 16 + 1)
        .fill(comment)
        .flat(),
    ]);
    expect(() => checkBudget(content, "image/jpeg")).toThrow(InputError);
  });
});
