/** What the header of a picture file says, before any decoder sees it. */

import { InputError } from "./contract/errors.ts";

/** The formats of docs/bundle.md that browsers decode; they would take others, such as SVG, too. */
export type PictureType = "image/bmp" | "image/gif" | "image/jpeg" | "image/png" | "image/webp";

export interface PictureHeader {
  readonly type: PictureType;
  /** In pixels, as they lie in the file; null where the file ends before it says so. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

/** The bytes that a file begins with; a dot stands for any. */
const SIGNATURES: readonly (readonly [string, PictureType | "image/tiff"])[] = [
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

/** Return what a picture file is; throws InputError for what is none, or none that browsers decode. */
export function readHeader(content: Uint8Array): PictureHeader {
  const type = SIGNATURES.find(([signature]) => begins(content, signature))?.[1];
  if (type === undefined) {
    throw new InputError("Expected a picture (BMP, GIF, JPEG, PNG, WebP), got something else.");
  }
  if (type === "image/tiff") {
    throw new InputError(
      "Expected BMP, GIF, JPEG, PNG or WebP, got TIFF, which browsers do not decode.",
    );
  }
  try {
    return {
      type,
      size: SIZES[type](new DataView(content.buffer, content.byteOffset, content.byteLength)),
    };
  } catch (error) {
    if (error instanceof RangeError) {
      return { type, size: null };
    }
    throw error;
  }
}

/** Return the EXIF orientation, 1 to 8, of a WebP file; 1 where it says none. */
export function webpOrientation(content: Uint8Array): number {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  try {
    for (let at = 12; ; at += 8 + padded(view.getUint32(at + 4, true))) {
      if (latin1(content, at, at + 4) === "EXIF") {
        return orientationOfExif(content.subarray(at + 8, at + 8 + view.getUint32(at + 4, true)));
      }
    }
  } catch (error) {
    if (error instanceof RangeError) {
      return 1;
    }
    throw error;
  }
}

const SIZES: Record<PictureType, (view: DataView) => PictureHeader["size"]> = {
  "image/png": (view) => ({ width: view.getUint32(16), height: view.getUint32(20) }),
  "image/gif": (view) => ({ width: view.getUint16(6, true), height: view.getUint16(8, true) }),
  "image/bmp": (view) =>
    // The oldest of its headers has 12 bytes, and 16 bits a side; newer ones count rows downwards.
    view.getUint32(14, true) === 12
      ? { width: view.getUint16(18, true), height: view.getUint16(20, true) }
      : { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) },
  "image/webp": webpSize,
  "image/jpeg": jpegSize,
};

function webpSize(view: DataView): PictureHeader["size"] {
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

function jpegSize(view: DataView): PictureHeader["size"] {
  for (let at = 2; ; ) {
    const marker = view.getUint8(at + 1);
    // Start of frame, of all kinds; between them lie two other segments' markers.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    const filler = marker === 0xff;
    at += filler ? 1 : 2 + view.getUint16(at + 2);
  }
}

function orientationOfExif(exif: Uint8Array): number {
  const start = latin1(exif, 0, 6) === "Exif\0\0" ? 6 : 0;
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.byteLength - start);
  const little = view.getUint16(0) === 0x4949;
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

/** RIFF chunks of odd length are followed by a byte that no length counts. */
function padded(length: number): number {
  return length + (length % 2);
}

function begins(content: Uint8Array, signature: string): boolean {
  const found = latin1(content, 0, signature.length);
  return (
    found.length === signature.length &&
    [...signature].every((letter, at) => letter === "." || letter === found[at])
  );
}

function latin1(content: Uint8Array, begin: number, end: number): string {
  return String.fromCharCode(...content.subarray(begin, end));
}
