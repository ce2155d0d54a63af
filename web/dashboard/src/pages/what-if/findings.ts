/** What was found in a file, as rows of one table. */

import type { Detour, Told } from "../../../../client/src/way";
import type { Tone } from "../../shell/badge";
import { reasonWords } from "../../signals/words";
import type { Reading } from "./reading/read";

/** One thing that was found. */
export interface Finding {
  readonly key: string;
  readonly tone: Tone;
  /** How grave it is, in a word. */
  readonly kind: string;
  /** Where: a line of the file, or the file. */
  readonly where: string;
  readonly what: string;
  readonly hint: string;
}

/** Return what was found, the gravest first. */
export function listFindings(reading: Reading, told: Told | undefined): Finding[] {
  const refused = reading.refused.map((one, place): Finding => ({
    key: `row ${place}`,
    tone: "warn",
    kind: "row left out",
    where: one.line === null ? "the file" : `line ${one.line}`,
    what: `Expected ${one.expected}, found ${one.found}.`,
    hint: one.hint,
  }));
  const more = reading.nRefused - reading.refused.length;
  const rest: Finding[] = more > 0 ? [{ key: "more", tone: "warn", kind: "row left out", where: "the file", what: `${more} more rows are left out.`, hint: "mend the first ones, and look again" }] : [];
  const remarks = reading.remarks.map((what, place): Finding => ({ key: `remark ${place}`, tone: "neutral", kind: "remark", where: "the file", what, hint: "" }));
  return [...(told === undefined ? [] : judge(told)), ...refused, ...rest, ...remarks];
}

/** What the client's own checks of the data say, and what the page could not do. */
function judge(told: Told): Finding[] {
  const { prediction, detours } = told;
  const stopped = prediction.source.kind === "none" ? prediction.steps : [];
  const found = stopped.map((step): Finding => ({
    key: `step ${step.rung}`,
    tone: "bad",
    kind: "no answer",
    where: "the bars",
    what: sentence(reasonWords(step.reason), step.detail),
    hint: "nobody may answer on this; HOLD stands in",
  }));
  const checked: Finding = { key: "checked", tone: "good", kind: "checked", where: "the bars", what: "The checks of the data hold: enough bars, each possible, no column that stands still, no jump of the unit.", hint: "" };
  return [...(found.length === 0 ? [checked] : found), ...detours.map(describe)];
}

function describe(detour: Detour): Finding {
  const words = detour.stage === "rules" ? "The rules could not be computed here" : "The model could not be computed here";
  return { key: `detour ${detour.stage}`, tone: "warn", kind: "another answered", where: detour.stage === "rules" ? "the rules" : "the model", what: sentence(words, detour.detail), hint: "the label of the answer says who stood in" };
}

function sentence(words: string, detail: string): string {
  const text = `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
  return detail === "" ? `${text}.` : `${text}: ${detail}.`;
}
