/**
 * Says where a bundle comes from and who signed it.
 *
 * Hashes and golden vectors are no part of it, because whoever makes a bundle writes them too.
 */

import { shown } from "./contract/errors.ts";
import type { Opened } from "./protocol.ts";
import { type Site, title, type ZooEntry } from "./site.ts";

/** Where the page got a bundle. */
export type Source =
  | { readonly kind: "this site"; readonly name: string }
  | { readonly kind: "other site"; readonly name: string; readonly host: string }
  | { readonly kind: "file"; readonly name: string };

type Identity = Pick<Opened, "name" | "cardDigest" | "signer">;

export interface Statement {
  readonly text: string;
  /** `known` is what the site vouches for, and `warning` what looks like it but is not. */
  readonly tone: "known" | "unknown" | "warning";
}

/** Return what the page says of a bundle: its origin, whether the site lists it, its signer. */
export function provenance(bundle: Identity, source: Source, site: Site): readonly Statement[] {
  const statements = [
    origin(source),
    listing(bundle, source, site.zoo),
    signature(bundle.signer, site),
  ];
  return site.refused === null
    ? statements
    : [...statements, { tone: "warning", text: site.refused }];
}

/** Return the source of an address; `site` is the origin of the page. */
export function sourceOf(address: URL, site: string): Source {
  const { href, host, pathname, search } = address;
  return address.origin === site
    ? { kind: "this site", name: pathname + search }
    : { kind: "other site", name: href, host };
}

function origin(source: Source): Statement {
  switch (source.kind) {
    case "this site":
      return { tone: "known", text: "From this site." };
    case "other site":
      return { tone: "unknown", text: `Not from this site: ${source.host}.` };
    case "file":
      return { tone: "unknown", text: `A file of yours: ${shown(source.name)}.` };
  }
}

function listing(bundle: Identity, source: Source, zoo: readonly ZooEntry[]): Statement {
  const listed = zoo.find(({ cardDigest }) => cardDigest === bundle.cardDigest);
  if (listed !== undefined) {
    return { tone: "known", text: `One of this site's models: ${title(listed)}.` };
  }
  const names = [bundle.name, source.name].map(likeness);
  const imitated = zoo.find(({ name, file }) =>
    [name, file].some((known) => names.includes(likeness(known))),
  );
  return imitated === undefined
    ? { tone: "unknown", text: "None of the models that this site lists." }
    : {
        tone: "warning",
        text: `It has the name of this site's model ${title(imitated)}, but it is another bundle.`,
      };
}

/** Return the same text for names that a reader could confuse, also for the names of files. */
function likeness(name: string): string {
  const [last = ""] = name.split(/[?#]/, 1);
  return last
    .replace(/^.*\//, "")
    .replace(/\.satchel$/i, "")
    .toLowerCase()
    .replace(/[ _.-]|%20/g, "")
    .replace(/[1i]/g, "l")
    .replaceAll("0", "o");
}

function signature(signer: Opened["signer"], { trustedKeys }: Site): Statement {
  if (signer === null) {
    return { tone: "unknown", text: "Unsigned: nobody says that it is theirs." };
  }
  const { fingerprint, checked } = signer;
  if (!checked) {
    const text = `It names the key ${fingerprint}, but this browser cannot check signatures.`;
    return { tone: "unknown", text };
  }
  const comment = trustedKeys.get(fingerprint);
  return comment === undefined
    ? { tone: "unknown", text: `Signed by an unknown key: ${fingerprint}.` }
    : {
        tone: "known",
        text: `Signed by a key this page trusts: ${[comment, fingerprint].join(" ").trim()}.`,
      };
}
