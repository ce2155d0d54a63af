/** Protocol buffers, as far as graphs are read and written: fields in order, nothing decoded unasked. */

/** One field of a message. */
export interface Field {
  readonly number: number;
  /** A number, or the bytes of a text, a message or packed numbers. */
  readonly content: number | Uint8Array;
}

const [VARINT, WIDE, BYTES, NARROW] = [0, 1, 2, 5] as const;

/**
 * Return the fields of a message, in order; contents are views into it.
 *
 * @throws {RangeError} If it ends in the middle of one, or holds what ONNX never does.
 */
export function readFields(message: Uint8Array): Field[] {
  const fields: Field[] = [];
  const read = { message, place: 0 };
  while (read.place < message.length) {
    const tag = readVarint(read);
    const [number, form] = [Math.floor(tag / 8), tag % 8];
    fields.push({ number, content: form === VARINT ? readVarint(read) : readBytes(read, form) });
  }
  return fields;
}

/** Return the messages or texts of a number, as bytes. */
export function bytesOf(fields: readonly Field[], number: number): Uint8Array[] {
  return fields.flatMap((one) =>
    one.number === number && typeof one.content !== "number" ? [one.content] : [],
  );
}

/** Return the texts of a number. */
export function textsOf(fields: readonly Field[], number: number): string[] {
  return bytesOf(fields, number).map((one) => new TextDecoder().decode(one));
}

/** Return the last number under a number; zero where there is none. */
export function numberOf(fields: readonly Field[], number: number): number {
  const content = fields.filter((one) => one.number === number).at(-1)?.content;
  return typeof content === "number" ? content : 0;
}

/** Return a message of fields: numbers as they are counted, texts, and the bytes of messages. */
export function writeFields(fields: readonly (readonly [number, number | string | Uint8Array])[]): Uint8Array {
  const pieces = fields.flatMap(([number, content]) => {
    if (typeof content === "number") return [varint(8 * number + VARINT), varint(content)];
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    return [varint(8 * number + BYTES), varint(bytes.length), bytes];
  });
  const message = new Uint8Array(pieces.reduce((all, one) => all + one.length, 0));
  let place = 0;
  for (const one of pieces) {
    message.set(one, place);
    place += one.length;
  }
  return message;
}

interface Reading {
  readonly message: Uint8Array;
  place: number;
}

function readVarint(read: Reading): number {
  let [value, unit] = [0, 1];
  for (let n = 0; n < 10; n++) {
    const byte = read.message[read.place++];
    if (byte === undefined) break;
    value += (byte & 0x7f) * unit;
    if (byte < 0x80) return value;
    unit *= 128;
  }
  throw new RangeError("a graph cut short");
}

function readBytes(read: Reading, form: number): Uint8Array {
  const sizes: Readonly<Record<number, number>> = { [WIDE]: 8, [NARROW]: 4 };
  const size = form === BYTES ? readVarint(read) : sizes[form];
  if (size === undefined || read.place + size > read.message.length) throw new RangeError("a graph cut short");
  read.place += size;
  return read.message.subarray(read.place - size, read.place);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}
