/** Sealed bundles: form, digests and signature of a file, before anything in it is run. */

import { unpackArchive } from "./archive.js";
import type { Parts } from "./archive.js";
import { BundleUnusable, corrupt } from "./bundle-fault.js";
import { readManifest } from "./manifest.js";
import type { Manifest } from "./manifest.js";
import { sha256 } from "./sha256.js";
import { SIGNATURE_PART, checkSignature, readSignature } from "./signature.js";
import type { Trust } from "./signature.js";

const MANIFEST_PART = "manifest.json";
const DIGEST_PART = "manifest.sha256";
const GRAPH_PART = "model.onnx";
/** The engine also reads a format of its own, which it tells by these four letters. */
const ENGINE_FORMAT = "ORTM";

/** What a bundle's file says of itself, before anybody has looked at the graph. */
export interface SealedBundle {
  readonly manifest: Manifest;
  /** SHA-256 of the manifest, and through it of every part: the bundle's name. */
  readonly digest: string;
  /** Id of the trusted key that signed it; null where none did. */
  readonly signer: string | null;
  readonly graph: Uint8Array;
  readonly parts: Parts;
}

/**
 * Check form, digests and signature of a bundle's file; nothing in it is run.
 *
 * @param content The whole file.
 * @param name What to call the bundle in errors.
 * @param digest The digest that is expected; null where none is.
 * @param trust Whose signatures count; null where none is looked at.
 * @throws {BundleUnusable} Saying which of them does not hold.
 */
export async function inspectBundle(
  content: Uint8Array,
  name: string,
  digest: string | null,
  trust: Trust | null,
): Promise<SealedBundle> {
  const parts = unpackArchive(content, name);
  const manifestBytes = part(parts, MANIFEST_PART, name);
  const listed = part(parts, DIGEST_PART, name);
  const graph = part(parts, GRAPH_PART, name);
  const own = sha256(manifestBytes);
  if (latin(listed) !== own) throw corrupt(name, MANIFEST_PART, "changed");
  const manifest = readManifest(manifestBytes, name);
  if (digest !== null && own !== digest) {
    throw corrupt(name, MANIFEST_PART, "another bundle than the registered one");
  }
  checkParts(parts, manifest, name);
  const written = parts.get(SIGNATURE_PART);
  const signature = written === undefined ? null : readSignature(written, name);
  const signer = trust === null ? null : await checkSignature(own, signature, trust, name);
  if (latin(graph.subarray(4, 8)) === ENGINE_FORMAT) {
    throw new BundleUnusable("bundle_unsafe", "bytes that the engine could take for its own format");
  }
  return { manifest, digest: own, signer, graph, parts };
}

function part(parts: Parts, title: string, name: string): Uint8Array {
  const content = parts.get(title);
  if (content === undefined) throw corrupt(name, title, "missing");
  return content;
}

function checkParts(parts: Parts, manifest: Manifest, name: string): void {
  const outside = [MANIFEST_PART, DIGEST_PART, SIGNATURE_PART];
  const titles = new Set([...parts.keys(), ...Object.keys(manifest.parts)]);
  for (const title of outside) if (!(title in manifest.parts)) titles.delete(title);
  for (const title of [...titles].sort()) {
    const content = outside.includes(title) ? undefined : parts.get(title);
    if (content === undefined || sha256(content) !== manifest.parts[title]) {
      throw corrupt(name, title, "missing, added or changed");
    }
  }
}

function latin(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 128), (byte) => String.fromCharCode(byte)).join("");
}
