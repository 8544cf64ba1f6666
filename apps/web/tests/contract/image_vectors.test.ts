import { describe, expect, test } from "vitest";
import { CardError } from "../../src/contract/errors.ts";
import {
  blend,
  type DecodedImage,
  flatten,
  orient,
  readPixels,
  toTensor,
} from "../../src/contract/images.ts";
import { array, image, imageInput, load, pixels, tensorSpec } from "./conformance.ts";

const VECTORS = load("pictures");
const UPRIGHT = new Map(VECTORS.pictures.map(({ name, upright }) => [name, upright]));

describe("the conformance vectors of images", () => {
  test.each(VECTORS.resized)("$name: the same pixels", (vector) => {
    const upright = image(UPRIGHT.get(vector.picture)!);
    const input = imageInput(vector.input);
    if (vector.flattened !== undefined) {
      expect(flatten(upright, input.background)).toEqual(pixels(vector.flattened));
    }
    expect(readPixels(upright, input)).toEqual(pixels(vector.pixels));
  });

  test.each(VECTORS.blended)("$name: the same pixels", (vector) => {
    const input = imageInput(vector.input);
    const [one, other] = [vector.picture, vector.other].map((name) =>
      readPixels(image(UPRIGHT.get(name)!), input),
    );
    expect(blend(one!, other!, vector.share)).toEqual(pixels(vector.pixels));
  });

  test.each(VECTORS.tensors)("$name: the same tensor", (vector) => {
    const found = toTensor(
      pixels(vector.pixels),
      imageInput(vector.input),
      tensorSpec(vector.tensor),
    );
    const expected = array(vector.values);
    expect(found.dtype).toBe(vector.tensor.dtype);
    expect(found.shape).toEqual(expected.shape);
    expect(found.data).toEqual(expected.data);
  });
});

describe("orient", () => {
  const upright = image(UPRIGHT.get("orientation_1.png")!);

  // For each EXIF orientation, how the upright image was turned before it was stored.
  const stored: [number, (x: number, y: number) => [number, number]][] = [
    [1, (x, y) => [x, y]],
    [2, (x, y) => [upright.width - 1 - x, y]],
    [3, (x, y) => [upright.width - 1 - x, upright.height - 1 - y]],
    [4, (x, y) => [x, upright.height - 1 - y]],
    [5, (x, y) => [y, x]],
    [6, (x, y) => [upright.width - 1 - y, x]],
    [7, (x, y) => [upright.width - 1 - y, upright.height - 1 - x]],
    [8, (x, y) => [y, upright.height - 1 - x]],
  ];

  test.each(stored)("orientation %i is undone", (orientation, from) => {
    const lying = orientation >= 5;
    const width = lying ? upright.height : upright.width;
    const height = lying ? upright.width : upright.height;
    const rgba = new Uint8ClampedArray(upright.rgba.length);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [column, row] = from(x, y);
        const place = 4 * (row * upright.width + column);
        rgba.set(upright.rgba.subarray(place, place + 4), 4 * (y * width + x));
      }
    }
    expect(orient({ width, height, rgba }, orientation)).toEqual(upright);
  });

  test("agrees with the images that the runtime turned, from the same stored pixels", () => {
    // The files hold the same pixels, but each has another orientation.
    for (let orientation = 1; orientation <= 9; orientation++) {
      const expected = image(UPRIGHT.get(`orientation_${orientation}.png`)!);
      expect(orient(upright, orientation)).toEqual(expected);
    }
  });

  test("takes pixels that begin anywhere in their buffer", () => {
    const buffer = new Uint8ClampedArray(1 + upright.rgba.length);
    buffer.set(upright.rgba, 1);
    const shifted: DecodedImage = { ...upright, rgba: buffer.subarray(1) };
    expect(orient(shifted, 6)).toEqual(orient(upright, 6));
  });
});

test("an error of an image is no error of a card", () => {
  const wrong: DecodedImage = { width: 2, height: 2, rgba: new Uint8ClampedArray(15) };
  expect(() => flatten(wrong, [0, 0, 0])).toThrow("Expected four bytes for each of 2 x 2 pixels");
  expect(() => flatten(wrong, [0, 0, 0])).not.toThrow(CardError);
});
