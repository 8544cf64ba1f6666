/** What a text is to Unicode, where JavaScript counts halves of surrogate pairs. */

/** Return whether UTF-8 can hold a text: it has no half of a surrogate pair. */
export function isUnicode(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** Return the number of characters of a text. A surrogate pair counts as one. */
export function characters(text: string): number {
  let count = 0;
  for (const _ of text) {
    count++;
  }
  return count;
}
