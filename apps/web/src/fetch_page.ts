/**
 * Fetches a bundle from another site after the user has agreed to that site.
 *
 * Of all pages only this one may connect to other sites. So it is no frame of the app, which could
 * reach into it; it runs no library, and it sees no image and no text of the user.
 */

import { bundleAddress } from "./address.ts";
import { fetchFile, handOver } from "./fetched.ts";
import { Refusal } from "./refusal.ts";

const button = element<HTMLButtonElement>("fetch");

try {
  ask(new URLSearchParams(location.search).get("bundle") ?? "");
} catch (error) {
  tell((error as Error).message);
}

/** Show an address, and fetch its file only when the user presses the button. */
function ask(text: string): void {
  if (window.top !== window) {
    // A page around this one could hide what the button is for.
    throw new Refusal("Expected this page in its own window, got it in a frame of another page.");
  }
  const url = bundleAddress(text);
  if (url.origin === location.origin) {
    throw new Refusal(`Expected an address of another site, got ${url.href}.`);
  }
  element("host").textContent = url.host;
  element("address").textContent = url.href;
  button.textContent = `Fetch it from ${url.host}`;
  button.onclick = () => fetchAndReturn(url);
  element("question").hidden = false;
}

async function fetchAndReturn(url: URL): Promise<void> {
  button.disabled = true;
  tell("");
  try {
    await handOver(url, await fetchFile(url));
    location.replace(`./?bundle=${encodeURIComponent(url.href)}`);
  } catch (error) {
    tell((error as Error).message);
    button.disabled = false;
  }
}

function tell(line: string): void {
  element("line").textContent = line;
}

function element<Kind extends HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind;
}
