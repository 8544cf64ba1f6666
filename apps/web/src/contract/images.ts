/**
 * Turns images into model input, with the same bits as the Python runtime. docs/bundle.md, section
 * 4.
 *
 * The platform decodes. An image here is RGBA, upright, in sRGB and not multiplied by alpha.
 */

import type { Color, ImageInput, TensorSpec } from "./card.ts";
import { EngineError, InputError } from "./errors.ts";
import { MAX_PIXELS } from "./limits.ts";
import { quantizeInto } from "./quantization.ts";
import type { Tensor } from "./tensor.ts";

/** A decoded image with four bytes for each pixel, as in ImageData. */
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray;
}

/** An opaque image with three bytes for each pixel. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

interface Piece {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Return `image` flattened, cropped and resized to the model's size. */
export function readPixels(image: DecodedImage, input: ImageInput): Pixels {
  const piece = croppedPiece(image, input);
  const flat = flatten(image, input.background, piece);
  if (input.fit !== "letterbox") {
    return resize(flat, input.height, input.width);
  }
  const place = letterboxed(image, input);
  return framed(resize(flat, place.height, place.width), place, input);
}

/** Return the place of a letterboxed image in the model's input. */
export function letterboxed(
  { width, height }: { readonly width: number; readonly height: number },
  input: ImageInput,
): Piece {
  const wide = width * input.height > height * input.width;
  const rows = wide ? keptSide(height, input.width, width) : input.height;
  const columns = wide ? input.width : keptSide(width, input.height, height);
  return {
    left: Math.floor((input.width - columns) / 2),
    top: Math.floor((input.height - rows) / 2),
    width: columns,
    height: rows,
  };
}

function framed(pixels: Pixels, place: Piece, { width, height, padding }: ImageInput): Pixels {
  const rgb = new Uint8Array(3 * width * height);
  for (let at = 0; at < rgb.length; at++) {
    rgb[at] = padding[at % 3]!;
  }
  for (let row = 0; row < place.height; row++) {
    const from = 3 * row * place.width;
    const line = pixels.rgb.subarray(from, from + 3 * place.width);
    rgb.set(line, 3 * ((place.top + row) * width + place.left));
  }
  return { width, height, rgb };
}

/**
 * Return the upright image of one that was stored with the EXIF `orientation`, 1 to 8.
 *
 * Any other number counts as upright. It is for decoders that do not apply the orientation.
 */
export function orient(image: DecodedImage, orientation: number): DecodedImage {
  const { width, height } = image;
  const place = STORED_PLACES[orientation];
  if (place === undefined) {
    return image;
  }
  const lying = orientation >= 5;
  const [turnedWidth, turnedHeight] = lying ? [height, width] : [width, height];
  const from = asWords(image.rgba);
  const rgba = new Uint8ClampedArray(image.rgba.length);
  const to = asWords(rgba);
  for (let y = 0; y < turnedHeight; y++) {
    for (let x = 0; x < turnedWidth; x++) {
      to[y * turnedWidth + x] = from[place(x, y, width - 1, height - 1, width)]!;
    }
  }
  return { width: turnedWidth, height: turnedHeight, rgba };
}

type StoredPlace = (x: number, y: number, right: number, bottom: number, width: number) => number;

/** For each orientation, a function that returns where the pixel for (x, y) is stored. */
const STORED_PLACES: Readonly<Record<number, StoredPlace>> = {
  2: (x, y, right, _bottom, width) => y * width + right - x,
  3: (x, y, right, bottom, width) => (bottom - y) * width + right - x,
  4: (x, y, _right, bottom, width) => (bottom - y) * width + x,
  5: (x, y, _right, _bottom, width) => x * width + y,
  6: (x, y, _right, bottom, width) => (bottom - x) * width + y,
  7: (x, y, right, bottom, width) => (bottom - x) * width + right - y,
  8: (x, y, right, _bottom, width) => x * width + right - y,
};

function asWords(rgba: Uint8ClampedArray): Uint32Array {
  return rgba.byteOffset % 4 === 0
    ? new Uint32Array(rgba.buffer, rgba.byteOffset, rgba.length / 4)
    : new Uint32Array(rgba.slice().buffer);
}

/** Return `image`, or a piece of it, with transparent pixels mixed with the background. */
export function flatten(
  image: DecodedImage,
  background: Color,
  piece: Piece = whole(image),
): Pixels {
  checkSize(image.width, image.height);
  if (image.rgba.length !== 4 * image.width * image.height) {
    throw new InputError(
      `Expected four bytes for each of ${image.width} x ${image.height} pixels,` +
        ` got ${image.rgba.length}.`,
    );
  }
  const { rgba } = image;
  const rgb = new Uint8Array(3 * piece.width * piece.height);
  const [red, green, blue] = background;
  let to = 0;
  for (let row = piece.top; row < piece.top + piece.height; row++) {
    let from = 4 * (row * image.width + piece.left);
    for (const end = from + 4 * piece.width; from < end; from += 4, to += 3) {
      const alpha = rgba[from + 3]!;
      rgb[to] = mixed(rgba[from]!, red, alpha);
      rgb[to + 1] = mixed(rgba[from + 1]!, green, alpha);
      rgb[to + 2] = mixed(rgba[from + 2]!, blue, alpha);
    }
  }
  return { width: piece.width, height: piece.height, rgb };
}

function mixed(level: number, behind: number, alpha: number): number {
  return alpha === 255 ? level : ((level * alpha + behind * (255 - alpha) + 127) / 255) | 0;
}

/**
 * Return the piece that the model sees: the whole image, or the largest centred piece of the
 * model's aspect ratio.
 */
export function croppedPiece(
  { width, height }: { readonly width: number; readonly height: number },
  input: ImageInput,
): Piece {
  if (input.fit !== "crop") {
    return whole({ width, height });
  }
  if (width * input.height > height * input.width) {
    const kept = keptSide(height, input.width, input.height);
    return { left: Math.floor((width - kept) / 2), top: 0, width: kept, height };
  }
  const kept = keptSide(width, input.height, input.width);
  return { left: 0, top: Math.floor((height - kept) / 2), width, height: kept };
}

/** Return `side * of / to`, at least 1. Ties are rounded up. */
function keptSide(side: number, of: number, to: number): number {
  return Math.max(1, Math.floor((2 * side * of + to) / (2 * to)));
}

function whole({ width, height }: { readonly width: number; readonly height: number }): Piece {
  return { left: 0, top: 0, width, height };
}

/**
 * Return `pixels` resampled by Pillow's antialiased bilinear filter in integers: first all rows,
 * then all columns.
 *
 * Throws InputError if the image would have more than MAX_PIXELS between the two passes.
 */
export function resize(pixels: Pixels, height: number, width: number): Pixels {
  checkSize(width, pixels.height);
  const wide = width === pixels.width ? pixels : resizeRows(pixels, width);
  return height === wide.height ? wide : resizeColumns(wide, height);
}

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

function resizeRows({ width, height, rgb }: Pixels, to: number): Pixels {
  const { first, count, weights, stride } = coefficients(width, to);
  const out = new Uint8Array(3 * to * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < to; column++) {
      let from = 3 * (row * width + first[column]!);
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const begin = column * stride;
      for (let at = begin; at < begin + count[column]!; at++, from += 3) {
        const weight = weights[at]!;
        red += weight * rgb[from]!;
        green += weight * rgb[from + 1]!;
        blue += weight * rgb[from + 2]!;
      }
      const place = 3 * (row * to + column);
      out[place] = clipped(red);
      out[place + 1] = clipped(green);
      out[place + 2] = clipped(blue);
    }
  }
  return { width: to, height, rgb: out };
}

function resizeColumns({ width, height, rgb }: Pixels, to: number): Pixels {
  const { first, count, weights, stride } = coefficients(height, to);
  const rowBytes = 3 * width;
  const out = new Uint8Array(rowBytes * to);
  const sums = new Int32Array(rowBytes);
  for (let row = 0; row < to; row++) {
    sums.fill(HALF);
    for (let at = 0; at < count[row]!; at++) {
      const weight = weights[row * stride + at]!;
      const from = (first[row]! + at) * rowBytes;
      for (let column = 0; column < rowBytes; column++) {
        sums[column] = sums[column]! + weight * rgb[from + column]!;
      }
    }
    for (let column = 0; column < rowBytes; column++) {
      out[row * rowBytes + column] = clipped(sums[column]!);
    }
  }
  return { width, height: to, rgb: out };
}

function clipped(sum: number): number {
  // The sum is only a little above 2^30, so it fits into 32 bits.
  return Math.min(sum >> PRECISION_BITS, 255);
}

interface Coefficients {
  /** The first old value for each new value. */
  readonly first: Int32Array;
  /** The number of old values for each new value. */
  readonly count: Int32Array;
  /** The weights of the old values, in `stride` places for each new value. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** Return the weights of a pass from `n` to `m` values, as integers of 22 bits. */
export function coefficients(n: number, m: number): Coefficients {
  const scale = n / m;
  const support = Math.max(scale, 1);
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(m);
  const count = new Int32Array(m);
  const weights = new Int32Array(m * stride);
  const shares = new Float64Array(stride);
  for (let i = 0; i < m; i++) {
    const centre = (i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(n, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let x = begin; x < end; x++) {
      const share = Math.max(0, 1 - Math.abs((x - centre + 0.5) * (1 / support)));
      shares[x - begin] = share;
      sum += share;
    }
    for (let at = 0; at < end - begin; at++) {
      weights[i * stride + at] = Math.trunc(0.5 + (shares[at]! / sum) * (1 << PRECISION_BITS));
    }
    first[i] = begin;
    count[i] = end - begin;
  }
  return { first, count, weights, stride };
}

/**
 * Return `(a * (256 - share) + b * share + 128) >> 8` of two images of the same size.
 *
 * `share` is 1 to 255. Golden vectors with a `blend` use it.
 */
export function blend(one: Pixels, other: Pixels, share: number): Pixels {
  const rgb = one.rgb.map(
    (level, at) => (level * (256 - share) + other.rgb[at]! * share + 128) >> 8,
  );
  return { width: one.width, height: one.height, rgb };
}

/**
 * Return the model's input tensor (1, height, width, channels) for pixels of the model's size.
 *
 * Throws EngineError for a dtype that an image model cannot have.
 */
export function toTensor(pixels: Pixels, input: ImageInput, tensor: TensorSpec): Tensor {
  const shape = [1, pixels.height, pixels.width, input.channels];
  const { rgb } = pixels;
  const plain = isOnly(input.scale, 1) && isOnly(input.offset, 0);
  if (plain && input.channels === 3 && isPlainUint8(tensor)) {
    return { dtype: "uint8", shape, data: input.channelOrder === "rgb" ? rgb : reversed(rgb) };
  }
  const values = input.channels === 1 ? grey(rgb) : rgb;
  const colours = scaled(values, input.scale, input.offset);
  const reals = input.channelOrder === "rgb" ? colours : reversed(colours);
  switch (tensor.dtype) {
    case "float32":
      return { dtype: "float32", shape, data: reals };
    case "uint8":
      return {
        dtype: "uint8",
        shape,
        data: quantizeInto(new Uint8Array(reals.length), reals, tensor),
      };
    case "int8":
      return {
        dtype: "int8",
        shape,
        data: quantizeInto(new Int8Array(reals.length), reals, tensor),
      };
    default:
      throw new EngineError(
        `Expected an image model with float32, uint8 or int8 input, got ${tensor.dtype}.`,
      );
  }
}

/** Return the grey of each pixel, float32, each product and each sum rounded. */
function grey(rgb: Uint8Array): Float32Array {
  const { fround } = Math;
  const [red, green, blue] = [fround(0.299), fround(0.587), fround(0.114)];
  const values = new Float32Array(rgb.length / 3);
  for (let at = 0; at < values.length; at++) {
    const yellow = fround(fround(rgb[3 * at]! * red) + fround(rgb[3 * at + 1]! * green));
    values[at] = yellow + fround(rgb[3 * at + 2]! * blue);
  }
  return values;
}

/** Return the values of each pixel with the first and the third channel exchanged. */
function reversed<Values extends Uint8Array | Float32Array>(values: Values): Values {
  const other = values.slice() as Values;
  for (let at = 0; at < values.length; at += 3) {
    other[at] = values[at + 2]!;
    other[at + 2] = values[at]!;
  }
  return other;
}

/**
 * Return `value * scale + offset` of each channel in float32. A value that overflows is infinite.
 */
export function scaled(
  values: ArrayLike<number>,
  scale: readonly number[],
  offset: readonly number[],
): Float32Array {
  const { fround } = Math;
  // Values of one channel have one factor, so it does not matter that they count to three.
  const factors = [0, 1, 2].map((channel) => fround(scale[channel] ?? scale[0]!));
  const terms = [0, 1, 2].map((channel) => fround(offset[channel] ?? offset[0]!));
  const reals = new Float32Array(values.length);
  for (let at = 0; at < reals.length; at++) {
    reals[at] = fround(values[at]! * factors[at % 3]!) + terms[at % 3]!;
  }
  return reals;
}

function isOnly(values: readonly number[], value: number): boolean {
  return values.length === 1 && values[0] === value;
}

function isPlainUint8({ dtype, scale, zeroPoint }: TensorSpec): boolean {
  return dtype === "uint8" && scale === 1 && zeroPoint === 0;
}

function checkSize(width: number, height: number): void {
  if (width * height > MAX_PIXELS) {
    throw new InputError(`Expected at most ${MAX_PIXELS} pixels, got ${width} x ${height}.`);
  }
}
