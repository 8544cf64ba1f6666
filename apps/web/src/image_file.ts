/** Reads the header of an image file before any decoder sees the file. */

import { InputError } from "./contract/errors.ts";
import {
  MAX_DECODING_BYTES,
  MAX_FRAMES,
  MAX_PARTS,
  MAX_PIXELS,
  MAX_SCANS,
} from "./contract/limits.ts";
import { beginsLike, foreignFormat, SNIFFED_BYTES } from "./foreign_formats.ts";

/** The formats of docs/bundle.md that browsers decode. Browsers also accept others, such as SVG. */
export type ImageType = "image/bmp" | "image/gif" | "image/jpeg" | "image/png" | "image/webp";

/**
 * A named part of a file: a chunk of a PNG or WebP file, or a segment of a JPEG file. A segment's
 * name is its marker in hexadecimal.
 */
export interface Segment {
  readonly name: string;
  readonly data: Uint8Array;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The bytes that a file of each type begins with. A dot stands for any byte. */
const SIGNATURES: readonly (readonly [string, ImageType | "image/tiff"])[] = [
  ["\x89PNG\r\n\x1a\n", "image/png"],
  ["\xff\xd8\xff", "image/jpeg"],
  ["GIF87a", "image/gif"],
  ["GIF89a", "image/gif"],
  ["BM", "image/bmp"],
  ["RIFF....WEBP", "image/webp"],
  ["II*\0", "image/tiff"],
  ["MM\0*", "image/tiff"],
  ["II+\0", "image/tiff"],
  ["MM\0+", "image/tiff"],
];

/** Return the type of an image file; throws InputError if browsers do not decode it. */
export function imageType(content: Uint8Array): ImageType {
  const type = SIGNATURES.find(([signature]) => begins(content, signature))?.[1];
  if (type === undefined) {
    const found = foreignFormat(latin1(content, 0, SNIFFED_BYTES));
    throw new InputError(`Expected an image (BMP, GIF, JPEG, PNG, WebP), got ${found}.`);
  }
  if (type === "image/tiff") {
    throw new InputError(
      "Expected BMP, GIF, JPEG, PNG or WebP, got TIFF, which browsers do not decode.",
    );
  }
  return type;
}

/**
 * Return the size in the header, in pixels before any rotation; null if the file ends before it.
 */
export function imageSize(content: Uint8Array, type: ImageType): Size | null {
  return whileThere(() => SIZES[type](viewOf(content), content), null);
}

/**
 * Check what decoding would cost, by the file's structure; throws InputError beyond a budget of
 * docs/bundle.md. A damaged file passes: its decoder says what is wrong.
 */
export function checkBudget(content: Uint8Array, type: ImageType): void {
  const size = imageSize(content, type);
  if (size !== null) {
    checkPixels(size, bytesPerPixel(content, type));
  }
  if (type === "image/jpeg") {
    checkCount(scans(content), MAX_SCANS, "scans");
  } else if (type === "image/webp") {
    const frames = segments(content, type).filter(({ name }) => name === "ANMF");
    checkCount(frames.length, MAX_FRAMES, "frames");
  }
}

function checkPixels({ width, height }: Size, each: number): void {
  if (width * height > MAX_PIXELS) {
    throw new InputError(`Expected at most ${MAX_PIXELS} pixels, got ${width} x ${height}.`);
  }
  const bytes = width * height * each;
  if (bytes > MAX_DECODING_BYTES) {
    throw new InputError(
      `Expected an image that takes ${MAX_DECODING_BYTES} bytes to decode, got ${bytes}.`,
    );
  }
}

function checkCount(count: number, most: number, what: string): void {
  if (count > most) {
    throw new InputError(`Expected at most ${most} ${what}, got more.`);
  }
}

/** Return the memory that docs/bundle.md counts for each pixel. */
function bytesPerPixel(content: Uint8Array, type: ImageType): number {
  if (type === "image/webp") {
    return 20;
  }
  const progressive =
    type === "image/jpeg" && segments(content, type).some(({ name }) => /^c[26ae]$/.test(name));
  return progressive ? 10 : 6;
}

/** Return the number of scans of a JPEG file, at most one more than MAX_SCANS. */
function scans(content: Uint8Array): number {
  const view = viewOf(content);
  const first = segments(content, "image/jpeg").at(-1);
  if (first?.name !== "da") {
    return 0;
  }
  let count = 1;
  let at = first.data.byteOffset + first.data.byteLength - content.byteOffset;
  whileThere(() => {
    while (count <= MAX_SCANS) {
      const marker = view.getUint8(at + 1);
      if (view.getUint8(at) !== FILLER || marker === 0 || (marker >= 0xd0 && marker <= 0xd7)) {
        at += 1;
      } else if (marker === FILLER) {
        at += 1;
      } else if (marker === END_OF_IMAGE) {
        break;
      } else {
        count += marker === START_OF_SCAN ? 1 : 0;
        at += 2 + view.getUint16(at + 2);
      }
    }
  }, undefined);
  return count;
}

/** Return the EXIF orientation of a WebP file, 1 to 8; 1 if the file has none. */
export function webpOrientation(content: Uint8Array): number {
  const exif = segments(content, "image/webp").find(({ name }) => name === "EXIF");
  return exif === undefined ? 1 : whileThere(() => orientationOf(exif.data), 1);
}

/**
 * Return the parts of a file before its pixels. If the file is cut off, return those before the
 * cut.
 */
export function segments(
  content: Uint8Array,
  type: "image/jpeg" | "image/png" | "image/webp",
): Segment[] {
  const found: Segment[] = [];
  const view = viewOf(content);
  whileThere(() => SEGMENTS[type](view, content, found), undefined);
  return found;
}

const SIZES: Record<ImageType, (view: DataView, content: Uint8Array) => Size | null> = {
  "image/png": (view) => ({ width: view.getUint32(16), height: view.getUint32(20) }),
  "image/gif": (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  "image/bmp": (view) =>
    // The oldest header has 12 bytes with 16-bit sides. In newer ones a negative height means that
    // rows go from top to bottom.
    view.getUint32(14, true) === 12
      ? { width: view.getUint16(18, true), height: view.getUint16(20, true) }
      : { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) },
  "image/webp": webpSize,
  "image/jpeg": (_view, content) => {
    const frame = segments(content, "image/jpeg").find(isFrame);
    return frame === undefined
      ? null
      : { width: viewOf(frame.data).getUint16(3), height: viewOf(frame.data).getUint16(1) };
  },
};

function webpSize(view: DataView): Size {
  switch (String.fromCharCode(view.getUint8(15))) {
    case "X": {
      const width = 1 + (view.getUint32(24, true) & 0xffffff);
      return { width, height: 1 + (view.getUint32(26, true) >>> 8) };
    }
    case "L": {
      const bits = view.getUint32(21, true);
      return { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) };
    }
    default:
      return {
        width: view.getUint16(26, true) & 0x3fff,
        height: view.getUint16(28, true) & 0x3fff,
      };
  }
}

type Walk = (view: DataView, content: Uint8Array, found: Segment[]) => void;

/** Add a part; throws InputError if there are more than any image has. */
function add(found: Segment[], part: Segment): void {
  checkCount(found.push(part), MAX_PARTS, "parts of an image file");
}

/** For each type, a function that adds parts to `found` until it reads beyond the end. */
const SEGMENTS: Record<"image/jpeg" | "image/png" | "image/webp", Walk> = {
  "image/png": (view, content, found) => {
    for (let at = 8, name = ""; name !== "IDAT"; at += 12 + view.getUint32(at)) {
      name = latin1(content, at + 4, at + 8);
      add(found, { name, data: content.subarray(at + 8, at + 8 + view.getUint32(at)) });
    }
  },
  "image/webp": (view, content, found) => {
    // A chunk of odd length is followed by a byte that its length does not include.
    for (let at = 12, length = 0; ; at += 8 + length + (length % 2)) {
      length = view.getUint32(at + 4, true);
      add(found, {
        name: latin1(content, at, at + 4),
        data: content.subarray(at + 8, at + 8 + length),
      });
    }
  },
  "image/jpeg": (view, content, found) => {
    for (let at = 2, marker = 0; marker !== START_OF_SCAN; ) {
      marker = view.getUint8(at + 1);
      if (marker === FILLER) {
        at += 1;
      } else {
        const end = at + 2 + view.getUint16(at + 2);
        add(found, { name: marker.toString(16), data: content.subarray(at + 4, end) });
        at = end;
      }
    }
  },
};

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const FILLER = 0xff;

/**
 * Return whether a segment of a JPEG file is a frame header. The markers c4, c8 and cc between those
 * of frame headers are others.
 */
export function isFrame({ name }: Segment): boolean {
  return /^c[0-35-79-bd-f]$/.test(name);
}

function orientationOf(exif: Uint8Array): number {
  const data = latin1(exif, 0, 6) === "Exif\0\0" ? exif.subarray(6) : exif;
  const view = viewOf(data);
  const little = latin1(data, 0, 2) === "II";
  const directory = view.getUint32(4, little);
  for (let entry = 0; entry < view.getUint16(directory, little); entry++) {
    const at = directory + 2 + 12 * entry;
    if (view.getUint16(at, little) === 0x0112) {
      const found = view.getUint16(at + 8, little);
      return found >= 1 && found <= 8 ? found : 1;
    }
  }
  return 1;
}

/** Return the result of `read`; `otherwise` if it reads beyond the end of the file. */
function whileThere<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) {
      return otherwise;
    }
    throw error;
  }
}

function begins(content: Uint8Array, signature: string): boolean {
  return beginsLike(latin1(content, 0, signature.length), signature);
}

function viewOf(content: Uint8Array): DataView {
  return new DataView(content.buffer, content.byteOffset, content.byteLength);
}

export function latin1(content: Uint8Array, begin: number, end: number): string {
  return String.fromCharCode(...content.subarray(begin, end));
}
