/** Makes a screenshot small: a PNG of 256 colours, chosen by median cut, and nothing else in it. */

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const MOST_COLOURS = 256;
const [HEADER_BYTES, BEST] = [13, 9];
// Colours are told apart in steps of 4: nobody sees more, and so many fewer are left to sort.
const STEP_BITS = 2;

/** A picture: three bytes a pixel. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A colour, and how many pixels have it. */
interface Colour {
  readonly parts: readonly [number, number, number];
  readonly count: number;
}

/** Return the same picture in at most 256 colours. */
export function shrink(png: Buffer): Buffer {
  const picture = decode(png);
  const counts = countColours(picture);
  const boxes = cut([...counts].map(([key, count]) => ({ parts: partsOf(key), count })));
  const palette = boxes.map(meanOf);
  const places = new Map<number, number>();
  boxes.forEach((box, place) => {
    box.forEach(({ parts }) => places.set(keyOf(...parts), place));
  });
  return encode(picture, palette, places);
}

function keyOf(red: number, green: number, blue: number): number {
  return ((red >> STEP_BITS) << 16) | ((green >> STEP_BITS) << 8) | (blue >> STEP_BITS);
}

function partsOf(key: number): readonly [number, number, number] {
  const half = (1 << STEP_BITS) >> 1;
  const widen = (part: number): number => Math.min(255, ((part & 255) << STEP_BITS) + half);
  return [widen(key >> 16), widen(key >> 8), widen(key)];
}

function countColours({ pixels }: Picture): Map<number, number> {
  const counts = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += 3) {
    const key = keyOf(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** Cut the box that is spread the most, at its median, until there are enough. */
function cut(colours: readonly Colour[]): Colour[][] {
  const boxes: Colour[][] = [[...colours]];
  while (boxes.length < MOST_COLOURS) {
    const widest = boxes.reduce((most, box, place) => (spreadOf(box).weight > spreadOf(boxes[most]!).weight ? place : most), 0);
    const box = boxes[widest]!;
    const { axis, weight } = spreadOf(box);
    if (weight === 0) {
      break;
    }
    box.sort((one, other) => one.parts[axis] - other.parts[axis]);
    const middle = medianOf(box);
    boxes.splice(widest, 1, box.slice(0, middle), box.slice(middle));
  }
  return boxes;
}

/** How far apart the colours of a box are, and along which part; rare colours count a little, too. */
function spreadOf(box: readonly Colour[]): { readonly axis: 0 | 1 | 2; readonly weight: number } {
  const axes = ([0, 1, 2] as const).map((axis) => {
    const values = box.map((colour) => colour.parts[axis]);
    return { axis, extent: Math.max(...values) - Math.min(...values) };
  });
  const { axis, extent } = axes.reduce((most, one) => (one.extent > most.extent ? one : most));
  const nPixels = box.reduce((sum, one) => sum + one.count, 0);
  return { axis, weight: box.length < 2 ? 0 : extent * Math.sqrt(nPixels) };
}

function medianOf(box: readonly Colour[]): number {
  const half = box.reduce((sum, one) => sum + one.count, 0) / 2;
  let sum = 0;
  const found = box.findIndex((one) => (sum += one.count) >= half);
  return Math.min(Math.max(found, 1), box.length - 1);
}

function meanOf(box: readonly Colour[]): readonly number[] {
  const n = box.reduce((sum, one) => sum + one.count, 0);
  return [0, 1, 2].map((axis) => Math.round(box.reduce((sum, one) => sum + one.count * one.parts[axis]!, 0) / n));
}

/** Read what a browser writes: 8 bits a part, with or without alpha, not interlaced. */
function decode(png: Buffer): Picture {
  const data: Buffer[] = [];
  let header = Buffer.alloc(HEADER_BYTES);
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const kind = png.toString("latin1", at + 4, at + 8);
    const content = png.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") {
      header = Buffer.from(content);
    } else if (kind === "IDAT") {
      data.push(content);
    }
    at += length + 12;
  }
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const nParts = header[9] === 6 ? 4 : 3;
  const lines = unfilter(inflateSync(Buffer.concat(data)), width * nParts, height, nParts);
  const pixels = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    pixels.set(lines.subarray(pixel * nParts, pixel * nParts + 3), pixel * 3);
  }
  return { width, height, pixels };
}

function unfilter(raw: Buffer, stride: number, height: number, nParts: number): Uint8Array {
  const found = new Uint8Array(stride * height);
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)]!;
    for (let column = 0; column < stride; column += 1) {
      const at = row * stride + column;
      const left = column < nParts ? 0 : found[at - nParts]!;
      const above = row === 0 ? 0 : found[at - stride]!;
      const corner = row === 0 || column < nParts ? 0 : found[at - stride - nParts]!;
      found[at] = raw[row * (stride + 1) + 1 + column]! + guess(filter, left, above, corner);
    }
  }
  return found;
}

function guess(filter: number, left: number, above: number, corner: number): number {
  return [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter] ?? 0;
}

function paeth(left: number, above: number, corner: number): number {
  const [byLeft, byAbove, byCorner] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  return byLeft <= byAbove && byLeft <= byCorner ? left : byAbove <= byCorner ? above : corner;
}

function encode({ width, height, pixels }: Picture, palette: readonly (readonly number[])[], places: Map<number, number>): Buffer {
  const lines = Buffer.alloc((width + 1) * height);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const at = pixel * 3;
    const place = places.get(keyOf(pixels[at]!, pixels[at + 1]!, pixels[at + 2]!))!;
    lines[Math.floor(pixel / width) * (width + 1) + 1 + (pixel % width)] = place;
  }
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flat())),
    chunk("IDAT", deflateSync(lines, { level: BEST })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
