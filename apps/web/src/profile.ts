/**
 * Decides whether the browser should apply the colour profile of an image.
 *
 * docs/bundle.md applies only an ICC profile that fits the image's colour space. Browsers also
 * apply gAMA, cHRM and cICP of PNG files, and apply colour profiles to grey images. So they convert
 * colours only if the contract does.
 */

import { type ImageType, isFrame, latin1, segments } from "./image_file.ts";

/** The colour spaces, as profiles name them. */
type ColourSpace = "GRAY" | "RGB " | "CMYK";

/** The offset in a profile's header of the colour space that it describes. */
const SPACE_AT = 16;

/** Return whether an image file has a profile for its own colour space. */
export async function hasFittingProfile(content: Uint8Array, type: ImageType): Promise<boolean> {
  switch (type) {
    case "image/png":
      return fits(await pngProfile(content), pngSpace(content));
    case "image/jpeg":
      return fits(jpegProfile(content), jpegSpace(content));
    case "image/webp":
      return fits(webpProfile(content), "RGB ");
    default:
      return false;
  }
}

function fits(profile: Uint8Array | null, space: ColourSpace | null): boolean {
  return profile !== null && latin1(profile, SPACE_AT, SPACE_AT + 4) === space;
}

async function pngProfile(content: Uint8Array): Promise<Uint8Array | null> {
  const chunk = segments(content, "image/png").find(({ name }) => name === "iCCP")?.data;
  // Before the data stand the profile's name, a zero byte and the compression method. There is only
  // one method.
  return chunk === undefined ? null : inflated(chunk.subarray(chunk.indexOf(0) + 2));
}

/** Return the first decompressed bytes; null if the data cannot be decompressed from the start. */
async function inflated(data: Uint8Array): Promise<Uint8Array | null> {
  const source = new Blob([data as BlobPart]).stream();
  const reader = source.pipeThrough(new DecompressionStream("deflate")).getReader();
  try {
    return (await reader.read()).value ?? null;
  } catch {
    // In the contract, a profile that cannot be read counts as none.
    return null;
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Return the colour space of a PNG file; null for 16-bit grey, to which no profile applies. */
function pngSpace(content: Uint8Array): ColourSpace | null {
  const [depth, colours] = [content[24], content[25]];
  if (colours === 4) {
    return "GRAY";
  }
  // An image with one bit per pixel is decoded as a palette of two colours.
  if (colours !== 0 || depth === 1) {
    return "RGB ";
  }
  return depth === 16 ? null : "GRAY";
}

function jpegProfile(content: Uint8Array): Uint8Array | null {
  const begun = segments(content, "image/jpeg").find(
    ({ name, data }) => name === "e2" && latin1(data, 0, 12) === "ICC_PROFILE\0" && data[12] === 1,
  );
  return begun === undefined ? null : begun.data.subarray(14);
}

/** The colour space of a JPEG file by its number of components. */
const JPEG_SPACES: Readonly<Record<number, ColourSpace>> = { 1: "GRAY", 3: "RGB ", 4: "CMYK" };

function jpegSpace(content: Uint8Array): ColourSpace | null {
  const frame = segments(content, "image/jpeg").find(isFrame);
  return JPEG_SPACES[frame?.data[5] ?? 0] ?? null;
}

function webpProfile(content: Uint8Array): Uint8Array | null {
  return segments(content, "image/webp").find(({ name }) => name === "ICCP")?.data ?? null;
}
