/**
 * Archive: the zip of a bundle, read in the one narrow form that leaves no doubt.
 *
 * Zip allows much that a bundle never has: compression, encryption, comments, extra fields, entries
 * that overlap, hide behind each other or are listed twice, sizes that lie. All of it is refused by
 * looking at the fixed-size heads alone, so that this page sees the same parts as the service.
 */

import { corrupt } from "./bundle-fault.js";

const MOST_PARTS = 128;
const MOST_NAME_BYTES = 200;
const END_BYTES = 22;
const ENTRY_BYTES = 46;
const HEAD_BYTES = 30;
const LIST = "the list of parts";
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;
const CRC_TABLE = crcTable();

/** The parts of a file by name, in the order in which they lie. */
export type Parts = ReadonlyMap<string, Uint8Array>;

/**
 * Return the parts of a bundle's file.
 *
 * @param content The whole file; the parts are views into it.
 * @param name What to call the bundle in errors.
 * @throws {BundleUnusable} If it is no zip, or holds anything but plain parts, stored one behind
 * the other.
 */
export function unpackArchive(content: Uint8Array, name: string): Parts {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [nParts, start] = readEnd(view, name);
  const parts = new Map<string, Uint8Array>();
  let place = 0;
  for (const entry of listEntries(content, view, nParts, start, name)) {
    if (entry.at !== place) throw corrupt(name, LIST, "a part that is not where the list says");
    const part = findContent(content, place, entry, name);
    if (crc32(part) !== entry.checkSum) {
      throw corrupt(name, entry.title, "changed: its check sum does not hold");
    }
    if (parts.has(entry.title)) throw corrupt(name, LIST, `one part there twice: ${entry.title}`);
    parts.set(entry.title, part);
    place += entry.head.length + part.length;
  }
  if (place !== start) throw corrupt(name, LIST, "bytes between the parts and their list");
  return parts;
}

interface Entry {
  readonly title: string;
  /** The head that must stand before the part's content, letter for letter. */
  readonly head: Uint8Array;
  readonly checkSum: number;
  readonly nBytes: number;
  /** Where the list says that it lies. */
  readonly at: number;
}

function readEnd(view: DataView, name: string): [number, number] {
  const end = view.byteLength - END_BYTES;
  if (end < 0) throw corrupt(name, "the file", "too short for a bundle");
  const [disk, firstDisk, here, total] = shorts(view, end + 4, 4) as [number, number, number, number];
  const [nBytes, start] = [view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  if (view.getUint32(end, true) !== 0x06054b50 || view.getUint16(end + 20, true)) {
    throw corrupt(name, "the file", "no plain zip that ends where it should");
  }
  if (disk || firstDisk || here !== total || total > MOST_PARTS) {
    throw corrupt(name, LIST, `more than ${MOST_PARTS} parts, or on several disks`);
  }
  if (start + nBytes !== end) throw corrupt(name, LIST, "not right before the end of the file");
  return [total, start];
}

function* listEntries(
  content: Uint8Array,
  view: DataView,
  nParts: number,
  start: number,
  name: string,
): Generator<Entry> {
  const end = content.length - END_BYTES;
  let place = start;
  for (let i = 0; i < nParts; i++) {
    if (place + ENTRY_BYTES > end) throw corrupt(name, LIST, "cut short");
    checkPlain(view, place, name);
    const nName = view.getUint16(place + 28, true);
    const titleBytes = content.subarray(place + ENTRY_BYTES, place + ENTRY_BYTES + nName);
    const title = latin(titleBytes);
    if (nName > MOST_NAME_BYTES || !NAME.test(title)) {
      throw corrupt(name, LIST, `a part called ${JSON.stringify(title.slice(0, 40))}`);
    }
    yield {
      title,
      head: headOf(content, place, titleBytes),
      checkSum: view.getUint32(place + 16, true),
      nBytes: view.getUint32(place + 24, true),
      at: view.getUint32(place + 42, true),
    };
    place += ENTRY_BYTES + nName;
  }
  if (place !== end) throw corrupt(name, LIST, "bytes behind the list");
}

function checkPlain(view: DataView, place: number, name: string): void {
  if (view.getUint32(place, true) !== 0x02014b50) throw corrupt(name, LIST, "no list of parts");
  const method = view.getUint16(place + 10, true);
  if (method || view.getUint32(place + 20, true) !== view.getUint32(place + 24, true)) {
    throw corrupt(name, LIST, "a compressed part");
  }
  const flags = view.getUint16(place + 8, true);
  const [nExtra, nComment, disk] = shorts(view, place + 30, 3);
  const outer = view.getUint32(place + 38, true);
  const isFile = [0, 8].includes(outer >>> 28) && !(outer & 0xffff);
  if (flags || nExtra || nComment || disk || !isFile) {
    throw corrupt(name, LIST, "an encrypted, linked or otherwise special part");
  }
}

/** Return the head that the list promises: version to sizes as listed, no extra field. */
function headOf(content: Uint8Array, place: number, title: Uint8Array): Uint8Array {
  const head = new Uint8Array(HEAD_BYTES + title.length);
  head.set([0x50, 0x4b, 0x03, 0x04]);
  head.set(content.subarray(place + 6, place + 30), 4);
  head.set(title, HEAD_BYTES);
  return head;
}

function findContent(content: Uint8Array, place: number, entry: Entry, name: string): Uint8Array {
  const begin = place + entry.head.length;
  const isThere = entry.head.every((byte, i) => content[place + i] === byte);
  if (!isThere) throw corrupt(name, LIST, "a part that is not where or what the list says");
  if (begin + entry.nBytes > content.length) throw corrupt(name, LIST, "a part longer than the file");
  return content.subarray(begin, begin + entry.nBytes);
}

function shorts(view: DataView, place: number, n: number): number[] {
  return Array.from({ length: n }, (_, i) => view.getUint16(place + 2 * i, true));
}

function latin(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function crc32(content: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of content) sum = (sum >>> 8) ^ CRC_TABLE[(sum ^ byte) & 0xff]!;
  return ~sum >>> 0;
}

function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1;
    return sum;
  });
}
