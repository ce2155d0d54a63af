/** Signatures: who vouches for a bundle (Ed25519), and whose word counts here. */

import { BundleUnusable, corrupt } from "./bundle-fault.js";
import { readCanonical } from "./canonical-json.js";
import { found, failed, tell } from "./result.js";
import type { Result } from "./result.js";
import { sha256 } from "./sha256.js";

/** The part of a bundle that holds its signature. */
export const SIGNATURE_PART = "signature.json";
const MOST_BYTES = 1024;
// Nothing else that such a key may ever sign can be taken for the signature of a bundle.
const PREFIX = "bellwether bundle\n";
const SPKI_HEAD = "302a300506032b6570032100";

/** A signature as it lies in a bundle. */
export interface Signature {
  /** Id of the key: the first 16 digits of the SHA-256 of its public half. */
  readonly signer: string;
  /** 64 bytes. */
  readonly value: Uint8Array<ArrayBuffer>;
}

/** A key whose signatures are believed; it may cross to a worker. */
export interface TrustedKey {
  readonly name: string;
  readonly keyId: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/** Whose signatures are believed, and whether every model's bundle must have one. */
export interface Trust {
  readonly keys: readonly TrustedKey[];
  readonly required: boolean;
}

/**
 * Return the public key in a file that `bellwether signing new` wrote (PEM, ends in `.pub`).
 *
 * @param pem The file's text.
 * @param name Whose key it is.
 */
export function readPublicKey(pem: string, name: string): Result<TrustedKey, string> {
  if (pem.includes("PRIVATE")) return failed("this is the private half: keep it to yourself");
  const body = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]*)-----END PUBLIC KEY-----/.exec(pem);
  const bytes = decodeBase64((body?.[1] ?? "").replace(/\s/g, ""));
  const head = bytes && Array.from(bytes.subarray(0, 12), hexByte).join("");
  if (bytes?.length !== 44 || head !== SPKI_HEAD) return failed("no public Ed25519 key in PEM");
  const publicKey = bytes.slice(12);
  return found({ name, keyId: sha256(publicKey).slice(0, 16), publicKey });
}

/**
 * Return the signature that was written.
 *
 * @throws {BundleUnusable} If it is none.
 */
export function readSignature(content: Uint8Array, name: string): Signature {
  if (content.length > MOST_BYTES) throw corrupt(name, SIGNATURE_PART, "no signature: too long");
  const value = parse(content, name);
  if (typeof value !== "object" || value === null) throw otherForm(name);
  const { algorithm, signer, value: text, ...others } = value as Record<string, unknown>;
  const bytes = typeof text === "string" ? decodeBase64(text) : null;
  const isSound = algorithm === "ed25519" && typeof signer === "string" && bytes?.length === 64;
  if (!isSound || Object.keys(others).length) throw otherForm(name);
  return { signer, value: bytes };
}

/**
 * Return the id of the trusted key that signed a bundle; null where no such key did.
 *
 * @throws {BundleUnusable} If a trusted signature is required and there is none, or a trusted key is
 * named that did not sign this, required or not.
 */
export async function checkSignature(
  digest: string,
  signature: Signature | null,
  trust: Trust,
  name: string,
): Promise<string | null> {
  if (signature === null) {
    if (!trust.required) return null;
    throw refused("bundle_unsigned", name, "the signature of a trusted key", "none");
  }
  const key = trust.keys.find((one) => one.keyId === signature.signer);
  if (key === undefined) {
    if (!trust.required) return null;
    const was = `one of key ${signature.signer.slice(0, 64)}`;
    throw refused("signer_unknown", name, "the signature of a trusted key", was);
  }
  if (!(await verify(key.publicKey, signature.value, digest, name))) {
    throw refused("signature_invalid", name, "a signature that holds", `one that '${key.name}' never made`);
  }
  return signature.signer;
}

async function verify(
  publicKey: Uint8Array<ArrayBuffer>,
  value: Uint8Array<ArrayBuffer>,
  digest: string,
  name: string,
): Promise<boolean> {
  // A page that was not served securely has none, whatever the types say.
  const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
  const expected = "a page that can check signatures";
  if (subtle === undefined) {
    throw refused("load_failed", name, expected, "one that was served without encryption");
  }
  try {
    const key = await subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", key, value, new TextEncoder().encode(PREFIX + digest));
  } catch (error) {
    throw refused("load_failed", name, expected, `a browser that cannot: ${tell(error)}`);
  }
}

function parse(content: Uint8Array, name: string): unknown {
  try {
    return readCanonical(content);
  } catch (error) {
    throw corrupt(name, SIGNATURE_PART, `no signature: ${tell(error)}`.slice(0, 200));
  }
}

function otherForm(name: string): BundleUnusable {
  return corrupt(name, SIGNATURE_PART, "a signature in another form");
}

function refused(
  reason: BundleUnusable["reason"],
  name: string,
  expected: string,
  was: string,
): BundleUnusable {
  const hint = "sign the bundle, or trust the key that did";
  return new BundleUnusable(reason, `expected ${expected} in bundle ${name}, was ${was}; ${hint}`);
}

/** Return the bytes of a text in base64; null where it is not the one text of some bytes. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    const letters = atob(text);
    if (btoa(letters) !== text) return null;
    return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
