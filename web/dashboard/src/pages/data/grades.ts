/** Quality of stored bars in words, and gaps as ranges. */

import type { Grade, SnapshotAnswer } from "../../api/schema";
import { count, day } from "../../format";
import type { Tone } from "../../shell/parts";

const GRADES: Readonly<Record<Grade, { readonly name: string; readonly tone: Tone; readonly means: string }>> = {
  excellent: { name: "Excellent", tone: "good", means: "a year of bars or more, up to the latest, and nearly no session missing" },
  good: { name: "Good", tone: "good", means: "100 bars or more, and nearly no session missing" },
  fair: { name: "Fair", tone: "warn", means: "few bars, or up to a fifth of the sessions missing" },
  poor: { name: "Poor", tone: "bad", means: "such bars give HOLD, never a signal" },
};
const RELATIONS: Readonly<Record<SnapshotAnswer["change"]["relation"], string>> = {
  first: "The first of its market",
  same: "The same bars again",
  extends: "Extends the one before",
  revises: "Revises the past",
  rescales: "The same prices on another scale",
  replaces: "Replaces the one before",
  unknown: "The one before cannot be read",
};
const ORDER: readonly Grade[] = ["poor", "fair", "good", "excellent"];

/** Tell a grade. */
export function tellGrade(grade: Grade): { readonly name: string; readonly tone: Tone; readonly means: string } {
  return GRADES[grade];
}

/** Return how good a grade is: the worst is 0. */
export function rankGrade(grade: Grade): number {
  return ORDER.indexOf(grade);
}

/** Tell how a snapshot stands to the one before it, with what is counted. */
export function tellChange(change: SnapshotAnswer["change"]): string {
  const counted: [number, string][] = [
    [change.n_appended, "appended"],
    [change.n_prepended, "put in front"],
    [change.n_filled, "filled in"],
    [change.n_withdrawn, "withdrawn"],
    [change.n_left_out, "left out"],
    [change.n_revised, "revised"],
    [change.n_readjusted, "adjusted anew"],
  ];
  const told = counted.filter(([n]) => n > 0).map(([n, words]) => `${count(n)} ${words}`);
  const relation = RELATIONS[change.relation];
  return told.length === 0 || change.relation === "first" ? relation : `${relation}: ${told.join(", ")}`;
}

/** Missing sessions that follow each other closely, as one gap. */
export interface Gap {
  readonly from: string;
  readonly to: string;
  readonly n: number;
}

const DAY = 86_400_000;
const ACROSS_A_WEEKEND = 4 * DAY;

/** Return missing sessions as gaps; those within a long weekend of each other are one. */
export function findGaps(missing: readonly string[]): Gap[] {
  const gaps: { from: string; to: string; n: number }[] = [];
  for (const at of [...missing].sort()) {
    const last = gaps.at(-1);
    if (last !== undefined && Date.parse(at) - Date.parse(last.to) <= ACROSS_A_WEEKEND) {
      last.to = at;
      last.n += 1;
    } else {
      gaps.push({ from: at, to: at, n: 1 });
    }
  }
  return gaps;
}

/** Tell a gap. */
export function tellGap(gap: Gap): string {
  return gap.n === 1 ? day(gap.from) : `${day(gap.from)} to ${day(gap.to)}`;
}
