import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ImageInput } from "../../src/contract/card.ts";
import { EngineError, InputError } from "../../src/contract/errors.ts";
import {
  blend,
  coefficients,
  croppedPiece,
  type Pixels,
  resize,
  toTensor,
} from "../../src/contract/images.ts";

const side = fc.integer({ min: 1, max: 40 });
const images = fc.tuple(side, side, fc.infiniteStream(fc.nat({ max: 255 }))).map(
  ([width, height, levels]): Pixels => ({
    width,
    height,
    rgb: Uint8Array.from({ length: 3 * width * height }, () => levels.next().value),
  }),
);

describe("resize", () => {
  test("returns no level beyond those around it", () => {
    fc.assert(
      fc.property(images, side, side, (pixels, height, width) => {
        const { rgb } = resize(pixels, height, width);
        expect(rgb).toHaveLength(3 * height * width);
        // One level more for each pass: its weights are rounded, and their sum need not be 1.
        expect(Math.max(...rgb)).toBeLessThanOrEqual(Math.max(...pixels.rgb) + 2);
        expect(Math.min(...rgb)).toBeGreaterThanOrEqual(Math.min(...pixels.rgb) - 2);
      }),
    );
  });

  test("keeps one colour at every size", () => {
    fc.assert(
      fc.property(side, side, side, side, fc.nat({ max: 255 }), (h, w, height, width, level) => {
        const flat = { width: w, height: h, rgb: new Uint8Array(3 * w * h).fill(level) };
        expect(resize(flat, height, width).rgb.every((found) => found === level)).toBe(true);
      }),
    );
  });

  test("does not change an image that has the size already", () => {
    fc.assert(
      fc.property(images, (pixels) => {
        expect(resize(pixels, pixels.height, pixels.width)).toBe(pixels);
      }),
    );
  });

  test("returns the mirrored result for a mirrored image", () => {
    fc.assert(
      fc.property(images, side, side, (pixels, height, width) => {
        const found = resize(mirrored(pixels), height, width);
        const expected = mirrored(resize(pixels, height, width));
        // Weights are rounded in one direction, which costs up to one level for each pass.
        const apart = found.rgb.map((level, at) => Math.abs(level - expected.rgb[at]!));
        expect(Math.max(...apart)).toBeLessThanOrEqual(2);
      }),
    );
  });

  test("refuses an image that would be too large between the passes", () => {
    const tall = { width: 1, height: 89_479, rgb: new Uint8Array(3 * 89_479) };
    expect(() => resize(tall, 1, 1000)).toThrow(InputError);
  });
});

test("each new value is a mean of existing old values, with weights whose sum is 1", () => {
  const sizes = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 5000 }));
  fc.assert(
    fc.property(sizes, sizes, (n, m) => {
      const { first, count, weights, stride } = coefficients(n, m);
      const sums = Array.from(first, (_, at) =>
        weights.subarray(at * stride, (at + 1) * stride).reduce((sum, weight) => sum + weight, 0),
      );
      expect(Math.min(...first)).toBe(0);
      expect(Math.max(...first.map((begin, at) => begin + count[at]!))).toBe(n);
      expect(Math.min(...count)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...count)).toBeLessThanOrEqual(stride);
      // Each weight is rounded by at most half a step, and none is negative.
      expect(sums.every((sum, at) => Math.abs(sum - 2 ** 22) <= count[at]! / 2)).toBe(true);
      expect(weights.every((weight) => weight >= 0)).toBe(true);
      // The sum of 255 times the weights stays within 32 bits.
      expect(Math.max(...sums) * 255 + 2 ** 21).toBeLessThan(2 ** 31);
    }),
  );
});

test("a crop keeps one side whole, and the other within one pixel of the aspect ratio", () => {
  fc.assert(
    fc.property(side, side, side, side, (width, height, w, h) => {
      const piece = croppedPiece({ width, height }, { ...INPUT, height: h, width: w, fit: "crop" });
      const scale = Math.min(width / w, height / h);
      expect(piece.width === width || piece.height === height).toBe(true);
      expect(Math.abs(piece.width - w * scale)).toBeLessThanOrEqual(1);
      expect(Math.abs(piece.height - h * scale)).toBeLessThanOrEqual(1);
      expect(piece.left + piece.width).toBeLessThanOrEqual(width);
      expect(piece.top + piece.height).toBeLessThanOrEqual(height);
      expect(Math.min(piece.left, piece.top)).toBeGreaterThanOrEqual(0);
    }),
  );
});

describe("blend", () => {
  const one = { width: 1, height: 2, rgb: Uint8Array.of(0, 255, 100, 7, 1, 0) };
  const other = { width: 1, height: 2, rgb: Uint8Array.of(255, 0, 200, 8, 0, 1) };

  test.each([
    [128, [128, 128, 150, 8, 1, 1]],
    [1, [1, 254, 100, 7, 1, 0]],
    [255, [254, 1, 200, 8, 0, 1]],
    [64, [64, 191, 125, 7, 1, 0]],
  ])("mixes %i of 256 parts in, halves rounded up", (share, expected) => {
    expect(Array.from(blend(one, other, share).rgb)).toEqual(expected);
  });

  test("of an image with itself is the image", () => {
    fc.assert(
      fc.property(images, fc.integer({ min: 1, max: 255 }), (pixels, share) => {
        expect(blend(pixels, pixels, share)).toEqual(pixels);
      }),
    );
  });
});

test("an image model with int32 input is refused", () => {
  const pixels = { width: 1, height: 1, rgb: new Uint8Array(3) };
  const spec = { dtype: "int32", scale: 1, zeroPoint: 0, shape: [], rows: [] } as const;
  expect(() => toTensor(pixels, INPUT, spec)).toThrow(EngineError);
});

const INPUT: ImageInput = {
  kind: "image",
  height: 1,
  width: 1,
  fit: "stretch",
  background: [255, 255, 255],
  scale: [1],
  offset: [0],
  channels: 3,
  channelOrder: "rgb",
  padding: [0, 0, 0],
};

function mirrored({ width, height, rgb }: Pixels): Pixels {
  const turned = new Uint8Array(rgb.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * width + width - 1 - x);
      turned.set(rgb.subarray(from, from + 3), 3 * (y * width + x));
    }
  }
  return { width, height, rgb: turned };
}
