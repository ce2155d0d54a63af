/** Bars of a CSV file: `closed_at,open,high,low,close,volume`, oldest first. */

import type { Columns } from "../../src/index.js";

const NAMES = ["closed_at", "open", "high", "low", "close", "volume"] as const;

/** Return a file's columns; null where it has others. What is wrong within them, the answer says. */
export function readCsv(text: string): Columns | null {
  const [head = "", ...lines] = text.trim().split(/\r?\n/);
  const places = NAMES.map((name) => head.split(",").indexOf(name));
  if (places.includes(-1)) return null;
  const rows = lines.map((line) => line.split(","));
  const column = (name: (typeof NAMES)[number]): string[] =>
    rows.map((row) => row[places[NAMES.indexOf(name)]!] ?? "");
  const numbers = (name: (typeof NAMES)[number]): number[] =>
    column(name).map((cell) => (cell.trim() ? Number(cell) : NaN));
  return {
    closed_at: column("closed_at"),
    open: numbers("open"),
    high: numbers("high"),
    low: numbers("low"),
    close: numbers("close"),
    volume: numbers("volume"),
  };
}
