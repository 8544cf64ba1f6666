/** Signs bundles for tests, with keys that are made for one run. */

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { type Bytes, concatenated, unpack } from "../../src/contract/archive.ts";
import { sshEncoding, sshString, toBase64 } from "../../src/contract/public_key.ts";
import { messageToSign } from "../../src/contract/signature.ts";
import { pack } from "./pack.ts";

export interface Key {
  readonly privateKey: KeyObject;
  /** The public key, 32 bytes. */
  readonly point: Uint8Array;
  /** The line `ssh-ed25519 AAAA…` of the public key. */
  readonly line: string;
}

export function newKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const point = new Uint8Array(Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url"));
  return { privateKey, point, line: `ssh-ed25519 ${toBase64(sshEncoding(point))}` };
}

/** Return another bundle under the name `name`, signed by `key` unless it is null. */
export async function renamed(bundle: Bytes, name: string, key: Key | null): Promise<Bytes> {
  const files = unpack(bundle);
  const card = JSON.parse(new TextDecoder().decode(files.get("card.json")));
  files.set("card.json", new TextEncoder().encode(JSON.stringify({ ...card, name })));
  return key === null ? pack(files) : signed(pack(files), key);
}

/** Return the same bundle with a signature by `key`. */
export async function signed(bundle: Bytes, { privateKey, point }: Key): Promise<Bytes> {
  const files = unpack(bundle);
  const card = files.get("card.json")!;
  const value = sign(null, await messageToSign(card), privateKey);
  const signature = concatenated([sshString("ssh-ed25519"), sshString(value)]);
  const parts = [sshEncoding(point), "satchel", "", "sha512", signature].map(sshString);
  const magic = new TextEncoder().encode("SSHSIG\0\0\0\x01");
  const lines = toBase64(concatenated([magic, ...parts])).match(/.{1,70}/g)!;
  const armor = ["-----BEGIN SSH SIGNATURE-----", ...lines, "-----END SSH SIGNATURE-----", ""];
  files.delete("card.json");
  return pack([
    ["card.json", card],
    ["card.sig", new TextEncoder().encode(armor.join("\n"))],
    ...files,
  ]);
}
