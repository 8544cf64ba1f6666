/**
 * Decodes an image file to the pixels that docs/bundle.md defines: upright, in sRGB, not multiplied
 * by alpha.
 *
 * The browser decodes, but may not change the values afterwards. The following was found in
 * Chromium 156 and Firefox 153 in comparison with Pillow. tests/browser/decode.test.ts checks it in
 * Chromium.
 *
 * - `createImageBitmap` decodes JPEG, PNG, GIF, BMP and WebP files to the same bits as Pillow. It
 *   applies profiles and the EXIF orientation, except that of WebP files, which this module
 *   applies. Firefox rounds the lower byte of 16-bit PNG files. Pillow and Chromium drop it. The
 *   difference is one level.
 * - `ImageDecoder` returns the planes of a JPEG file, and the conversion to RGB is wrong by up to
 *   55 levels.
 * - A 2D canvas stores colours multiplied by alpha in 8 bits. Opaque pixels are exact, others are
 *   wrong by up to one level. WebGL reads the bitmap unchanged. Without WebGL, a video frame is as
 *   exact in Firefox. Chromium's video frame also multiplies by alpha, and does not turn the image.
 * - No canvas resizes images here, because no specification says how a canvas does it.
 */

import { InputError } from "./contract/errors.ts";
import { type DecodedImage, orient } from "./contract/images.ts";
import { MAX_PIXELS } from "./contract/limits.ts";
import { checkBudget, imageType, webpOrientation } from "./image_file.ts";
import { hasFittingProfile } from "./profile.ts";

/** The largest size of an image file in bytes. */
const MAX_IMAGE_BYTES = 2 ** 28;

/** Return the first frame of an image file; throws InputError if it cannot be read. */
export async function decode(content: Uint8Array): Promise<DecodedImage> {
  if (content.length > MAX_IMAGE_BYTES) {
    throw new InputError(`Expected at most ${MAX_IMAGE_BYTES} bytes, got ${content.length}.`);
  }
  const type = imageType(content);
  checkBudget(content, type);
  const convert = await hasFittingProfile(content, type);
  const bitmap = await decodeBitmap(new Blob([content as BlobPart], { type }), convert);
  const pixels = await readBitmap(bitmap);
  const orientation = type === "image/webp" ? webpOrientation(content) : 1;
  return orientation > 1 && !(await turnsWebp()) ? orient(pixels, orientation) : pixels;
}

/**
 * Return the pixels of a bitmap, and close it. They are exact if the bitmap was made with
 * `premultiplyAlpha` "none".
 */
export async function readBitmap(bitmap: ImageBitmap): Promise<DecodedImage> {
  try {
    checkSize(bitmap.width, bitmap.height);
    const opaque = readByCanvas(bitmap);
    if (isOpaque(opaque.rgba)) {
      return opaque;
    }
    const transparent = readByWebGl(bitmap) ?? (await readByVideoFrame(bitmap));
    if (transparent === null) {
      throw new InputError(
        "Expected an opaque image, got a transparent one, and no WebGL to read it with.",
      );
    }
    return transparent;
  } finally {
    bitmap.close();
  }
}

async function decodeBitmap(file: Blob, convert: boolean): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, {
      premultiplyAlpha: "none",
      colorSpaceConversion: convert ? "default" : "none",
    });
  } catch (error) {
    throw new InputError(
      `Expected a readable image, got a damaged one: ${(error as Error).message}`,
    );
  }
}

function readByCanvas(bitmap: ImageBitmap): DecodedImage {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", {
    willReadFrequently: true,
  })!;
  context.drawImage(bitmap, 0, 0);
  return { width, height, rgba: context.getImageData(0, 0, width, height).data };
}

/** Return the bitmap's pixels; null if the browser has no WebGL or no texture of that size. */
function readByWebGl(bitmap: ImageBitmap): DecodedImage | null {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext("webgl");
  if (gl === null || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) {
    return null;
  }
  try {
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    gl.framebufferTexture2D(
      gl.FRAMEBUFFER,
      gl.COLOR_ATTACHMENT0,
      gl.TEXTURE_2D,
      gl.getParameter(gl.TEXTURE_BINDING_2D),
      0,
    );
    const rgba = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, rgba);
    return { width, height, rgba: new Uint8ClampedArray(rgba.buffer) };
  } finally {
    // A browser keeps about sixteen contexts, and drops the oldest one even if it is in use.
    gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

/** Return the bitmap's pixels; null if the browser has no video frames or does not turn them. */
async function readByVideoFrame(bitmap: ImageBitmap): Promise<DecodedImage | null> {
  if (!("VideoFrame" in globalThis)) {
    return null;
  }
  const { width, height } = bitmap;
  const frame = new VideoFrame(bitmap, { timestamp: 0, alpha: "keep" });
  try {
    const rgba = new Uint8ClampedArray(4 * width * height);
    if (isTurned(frame) || frame.codedWidth !== width || frame.codedHeight !== height) {
      return null;
    }
    await frame.copyTo(rgba, { format: "RGBA" });
    return { width, height, rgba };
  } finally {
    frame.close();
  }
}

/** Return whether the frame is not upright. TypeScript's types do not have these two fields yet. */
function isTurned(frame: VideoFrame & { rotation?: number; flip?: boolean }): boolean {
  return (frame.rotation ?? 0) !== 0 || (frame.flip ?? false);
}

function isOpaque(rgba: Uint8ClampedArray): boolean {
  for (let at = 3; at < rgba.length; at += 4) {
    if (rgba[at] !== 255) {
      return false;
    }
  }
  return true;
}

function checkSize(width: number, height: number): void {
  if (width * height > MAX_PIXELS) {
    throw new InputError(`Expected at most ${MAX_PIXELS} pixels, got ${width} x ${height}.`);
  }
}

/** A WebP file of two pixels side by side. Its EXIF orientation puts one above the other. */
const LYING_WEBP =
  "UklGRlAAAABXRUJQVlA4WAoAAAAIAAAAAQAAAAAAVlA4TA8AAAAvAQAAAAcQ/Y/+ByKi/wEARVhJRhoAAABNTQAqAAAACAABARIAAwAAAAEABgAAAAAAAA==";

let turning: Promise<boolean> | undefined;

/** Return whether this browser applies the EXIF orientation of WebP files. Chromium does not. */
function turnsWebp(): Promise<boolean> {
  turning ??= (async () => {
    const file = Uint8Array.from(atob(LYING_WEBP), (letter) => letter.charCodeAt(0));
    const bitmap = await decodeBitmap(new Blob([file], { type: "image/webp" }), false);
    const upright = bitmap.height === 2;
    bitmap.close();
    return upright;
  })();
  return turning;
}
