/** Reads the address of a bundle. */

import { shown } from "./contract/errors.ts";
import { Refusal } from "./refusal.ts";

/** The machine itself. Nobody between here and there can change what plain http brings. */
const LOOPBACK = /^(localhost|127\.0\.0\.1)$/;

/**
 * Return an address, absolute or relative to the page.
 *
 * Throws Refusal unless it is of this site or begins with https://, and if it holds a password.
 */
export function bundleAddress(text: string): URL {
  const url = URL.canParse(text, location.href) ? new URL(text, location.href) : null;
  if (url === null || !isAllowed(url) || url.username !== "" || url.password !== "") {
    throw new Refusal(`Expected an address that begins with https://, got ${shown(text)}.`);
  }
  return url;
}

function isAllowed({ origin, protocol, hostname }: URL): boolean {
  return (
    origin === location.origin ||
    protocol === "https:" ||
    (protocol === "http:" && LOOPBACK.test(hostname))
  );
}
