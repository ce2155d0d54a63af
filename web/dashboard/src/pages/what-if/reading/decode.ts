/** From bytes to text, or why they are none. */

import { done, refuse, type Stage } from "./refusal";

/** Largest file that is read: two centuries of daily bars are a hundredth of it. */
export const MOST_BYTES = 1 << 25;

const EXPECTED = "a CSV file: text, one bar a line";
const EXPORT = "export the bars as CSV";
/** What begins like this is no text, whatever it is called. */
const SIGNATURES: readonly (readonly [readonly number[], string, string])[] = [
  [[0x50, 0x4b, 3, 4], "an archive or a spreadsheet (zip, xlsx)", `unpack it, or ${EXPORT}`],
  [[0x1f, 0x8b], "a compressed file (gzip)", "unpack it first"],
  [[0x50, 0x41, 0x52, 0x31], "a Parquet file", `${EXPORT}, or import it on the page Data`],
  [[0xd0, 0xcf, 0x11, 0xe0], "an old spreadsheet (xls)", EXPORT],
  [[0x25, 0x50, 0x44, 0x46], "a PDF file", EXPORT],
];

/** Return the text of a file: UTF-8, or UTF-16 with its mark. */
export function decodeText(content: Uint8Array): Stage<string> {
  if (content.length > MOST_BYTES) {
    return refuse(null, `a file of at most ${MOST_BYTES >> 20} MB`, `one of ${(content.length / 2 ** 20).toFixed(0)} MB`, "keep the last years of it; 504 bars are enough");
  }
  const known = SIGNATURES.find(([signature]) => signature.every((byte, place) => content[place] === byte));
  if (known !== undefined) {
    return refuse(null, EXPECTED, known[1], known[2]);
  }
  const text = decode(content);
  if (text === null || text.includes("\0")) {
    return refuse(null, EXPECTED, "bytes that are no text", `${EXPORT} in UTF-8`);
  }
  if (text.trim() === "") {
    return refuse(null, EXPECTED, "an empty file", "check the download: nothing of it arrived");
  }
  return done(text);
}

function decode(content: Uint8Array): string | null {
  const isSmallFirst = content[0] === 0xff && content[1] === 0xfe;
  const isLargeFirst = content[0] === 0xfe && content[1] === 0xff;
  const encoding = isSmallFirst ? "utf-16le" : isLargeFirst ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(content);
  } catch {
    // Not UTF-8: what spreadsheets write in the west. Numbers and dates are the same in both.
    return encoding === "utf-8" && !content.includes(0) ? new TextDecoder("windows-1252").decode(content) : null;
  }
}
