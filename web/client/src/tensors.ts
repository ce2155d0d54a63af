/** Tensors: named arrays of numbers, and how they lie in a bundle (`.npy`, read without evaluating). */

import { corrupt } from "./bundle-fault.js";

/** Kinds of numbers that a bundle may hold. */
export type Kind = "float64" | "float32" | "int64" | "int32" | "bool" | "int8" | "uint8";

/** An array of numbers with its shape, row by row. */
export interface Tensor {
  readonly kind: Kind;
  readonly shape: readonly number[];
  readonly data: Float64Array | Float32Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;
}

/** Tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
const START = MAGIC.length + 2;
const MOST_HEAD_BYTES = 512;
const HEAD =
  /^\{'descr': '(<f8|<f4|<i8|<i4|\|b1|\|i1|\|u1)', 'fortran_order': False, 'shape': \(((?:\d{1,12}, ?)*(?:\d{1,12})?)\), \} *\n$/;
const FORMS: Readonly<Record<string, { kind: Kind; nBytes: number }>> = {
  "<f8": { kind: "float64", nBytes: 8 },
  "<f4": { kind: "float32", nBytes: 4 },
  "<i8": { kind: "int64", nBytes: 8 },
  "<i4": { kind: "int32", nBytes: 4 },
  "|b1": { kind: "bool", nBytes: 1 },
  "|i1": { kind: "int8", nBytes: 1 },
  "|u1": { kind: "uint8", nBytes: 1 },
};

/** Return a line of float64 numbers as a tensor of a shape. */
export function floats(values: ArrayLike<number>, ...shape: number[]): Tensor {
  return { kind: "float64", shape: shape.length ? shape : [values.length], data: Float64Array.from(values) };
}

/** Return a tensor's numbers as float64, whatever their kind. */
export function asNumbers(tensor: Tensor): Float64Array {
  return Float64Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

/**
 * Return the tensor in the content of a `.npy` file.
 *
 * @throws {BundleUnusable} If it holds anything but numbers in one of the plain forms, or more or
 * fewer bytes than its shape says.
 */
export function unpackArray(content: Uint8Array, part: string, name: string): Tensor {
  const stop = START + (content[8] ?? 0) + 256 * (content[9] ?? 0);
  const isArray = MAGIC.every((byte, i) => content[i] === byte);
  if (!isArray || stop > START + MOST_HEAD_BYTES) {
    throw corrupt(name, part, "no array in the plain form");
  }
  const head = HEAD.exec(String.fromCharCode(...content.subarray(START, stop)));
  const form = FORMS[head?.[1] ?? ""];
  if (head === null || form === undefined) {
    throw corrupt(name, part, "an array of something else than numbers");
  }
  const shape = (head[2] ?? "").split(",").filter((size) => size.trim()).map(Number);
  const nBytes = content.length - stop;
  if (shape.length > 8 || shape.reduce((all, size) => all * size, form.nBytes) !== nBytes) {
    throw corrupt(name, part, `${nBytes} bytes for the shape (${shape.join(", ")})`);
  }
  return { kind: form.kind, shape, data: readNumbers(form.kind, content.slice(stop).buffer) };
}

function readNumbers(kind: Kind, bytes: ArrayBuffer): Tensor["data"] {
  switch (kind) {
    case "float64":
      return new Float64Array(bytes);
    case "float32":
      return new Float32Array(bytes);
    case "int64":
      return new BigInt64Array(bytes);
    case "int32":
      return new Int32Array(bytes);
    case "int8":
      return new Int8Array(bytes);
    default:
      return new Uint8Array(bytes);
  }
}
