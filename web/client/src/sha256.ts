/**
 * SHA-256 (FIPS 180-4), so that a bundle can be checked on any page.
 *
 * Browsers lend theirs to secure pages only, and only to those who wait. A digest holds no secret,
 * so nothing is lost by computing it here; the tests hold it against another implementation.
 */

const ROUNDS = roundConstants();
const START = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

/** Return the SHA-256 of some bytes as 64 hexadecimal digits. */
export function sha256(content: Uint8Array): string {
  const state = Int32Array.from(START, (word) => word | 0);
  const words = new Int32Array(64);
  const whole = content.length - (content.length % 64);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  for (let start = 0; start < whole; start += 64) mix(state, words, view, start);
  const tail = finish(content.subarray(whole), content.length);
  for (let start = 0; start < tail.byteLength; start += 64) mix(state, words, tail, start);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

/** Return the SHA-256 of a text of ASCII letters. */
export function sha256Text(text: string): string {
  return sha256(new TextEncoder().encode(text));
}

function finish(rest: Uint8Array, nBytes: number): DataView {
  const padded = new Uint8Array(rest.length < 56 ? 64 : 128);
  padded.set(rest);
  padded[rest.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(nBytes) * 8n);
  return view;
}

// Signed words throughout: an unsigned one may be too large for the engine's own integers.
function mix(state: Int32Array, words: Int32Array, block: DataView, start: number): void {
  for (let i = 0; i < 16; i++) words[i] = block.getInt32(start + 4 * i);
  for (let i = 16; i < 64; i++) {
    const early = words[i - 15]!;
    const late = words[i - 2]!;
    const small = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3);
    const large = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10);
    words[i] = (((words[i - 16]! + small) | 0) + ((words[i - 7]! + large) | 0)) | 0;
  }
  // One by one, here and below: arrays of eight cost more than the rounds.
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const mixed = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25))) | 0;
    const first = (((mixed + choice) | 0) + ((ROUNDS[i]! + words[i]!) | 0)) | 0;
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + majority) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

function turn(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The first 32 bits behind the point of the cube roots of the first 64 primes, exactly. */
function roundConstants(): Int32Array {
  const primes: bigint[] = [];
  for (let n = 2n; primes.length < 64; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  return Int32Array.from(primes, (prime) => Number(cubeRoot(prime << 96n) & 0xffffffffn) | 0);
}

function cubeRoot(of: bigint): bigint {
  let [low, high] = [0n, 1n << 40n];
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** 3n <= of) low = middle;
    else high = middle - 1n;
  }
  return low;
}
