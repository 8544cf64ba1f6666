/** Names files that are no images of the contract, by their content, in the runtime's words. */

/** The number of bytes at the beginning of a file that its format is told from. */
export const SNIFFED_BYTES = 1024;

const AS_PNG = "export it as PNG";
const AS_JPEG = "convert it to JPEG";
const RAW = `a camera's RAW file: ${AS_JPEG}`;
const VIDEO = "a video: save its frames as JPEG";

/** What the brands of a file say that begins with an `ftyp` box, ISO/IEC 14496-12. */
const BRANDS: readonly (readonly [RegExp, string])[] = [
  [/^(?:avif|avis)$/, `AVIF: ${AS_JPEG}`],
  [/^(?:hei[cxmsv]|hev[cxms]|mif1|msf1)$/, `HEIC: ${AS_JPEG}`],
  [/^crx $/, RAW],
];

/** How files of other formats begin. A dot stands for any byte. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ["\xff\n", `JPEG XL: ${AS_JPEG}`],
  ["\0\0\0\x0cJXL \r\n\x87\n", `JPEG XL: ${AS_JPEG}`],
  ["\0\0\0\x0cjP  \r\n\x87\n", `JPEG 2000: ${AS_JPEG}`],
  ["\xff\x4f\xff\x51", `JPEG 2000: ${AS_JPEG}`],
  ...["IIRO", "IIRS", "IIU\0", "MMOR", "FUJIFILMCCD-RAW", "FOVb", "\0MRM"].map(
    (each) => [each, RAW] as const,
  ),
  ["%PDF-", `PDF: ${AS_PNG}`],
  ["%!PS", `PostScript: ${AS_PNG}`],
  ["\xc5\xd0\xd3\xc6", `PostScript: ${AS_PNG}`],
  ["8BPS", `PSD: ${AS_PNG}`],
  ["\0\0\x01\0.\0", `an icon: ${AS_PNG}`],
  ["\0\0\x02\0.\0", `an icon: ${AS_PNG}`],
  ["v/1\x01", `an image of floating point numbers: ${AS_PNG}`],
  ["#?RADIANCE", `an image of floating point numbers: ${AS_PNG}`],
  ["\x1aE\xdf\xa3", VIDEO],
  ["RIFF....AVI ", VIDEO],
  ["\x93NUMPY", `a NumPy array: ${AS_PNG}`],
  ...["PK\x03\x04", "\x1f\x8b", "7z\xbc\xaf", "Rar!"].map((each) => [each, "an archive"] as const),
];

/** The first words of markup, in lower case. */
const MARKUP: readonly (readonly [RegExp, string])[] = [
  [/^(?:<svg\b|<\?xml.*<svg\b|<!doctype svg)/s, `SVG: ${AS_PNG}`],
  [/^(?:<!doctype html|<html\b|<head\b)/, "a web page: download the image again"],
];

/** Return what a file is that begins with these bytes, as Latin-1 text, and what helps. */
export function foreignFormat(beginning: string): string {
  if (beginning === "") {
    return "an empty file";
  }
  if (beginning.slice(4, 8) === "ftyp") {
    return byBrands(beginning);
  }
  const text = beginning
    .replaceAll("\0", "")
    .replace(/^[\xef\xbb\xbf\xff\xfe \t\r\n]+/, "")
    .toLowerCase();
  return (
    BEGINNINGS.find(([signature]) => beginsLike(beginning, signature))?.[1] ??
    MARKUP.find(([pattern]) => pattern.test(text))?.[1] ??
    "something else"
  );
}

/** Return whether Latin-1 text begins with a signature, in which a dot stands for any byte. */
export function beginsLike(text: string, signature: string): boolean {
  return (
    text.length >= signature.length &&
    [...signature].every((letter, at) => letter === "." || letter === text[at])
  );
}

/** Return the format that the first known brand names; a file of no known one is a video. */
function byBrands(beginning: string): string {
  const size = [...beginning.slice(0, 4)].reduce((sum, each) => 256 * sum + each.charCodeAt(0), 0);
  const end = Math.min(size, beginning.length);
  const words: string[] = [];
  for (let at = 8; at < end; at += 4) {
    // The word at 12 is the version of the first brand.
    words.push(at === 12 ? "" : beginning.slice(at, at + 4));
  }
  return BRANDS.find(([pattern]) => words.some((word) => pattern.test(word)))?.[1] ?? VIDEO;
}
