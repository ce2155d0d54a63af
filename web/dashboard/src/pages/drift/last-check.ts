/** Whether watching itself goes on: a monitor that stopped says nothing, and must be noticed. */

import { factsOf, listOf, numberOf } from "../../api/reading";
import type { EpisodeAnswer, LastCheckAnswer } from "../../api/schema";
import { daysLong, plainNumber } from "../../format";
import type { Tone } from "../../shell/parts";

const LATE_INTERVALS = 1.5;
const SILENT_INTERVALS = 3;
const SECONDS_A_DAY = 86_400;

/** What is to be said of the last check. */
export interface CheckNews {
  readonly tone: Tone;
  readonly title: string;
  readonly words: string;
}

/**
 * Judge how old the last check is: the service's own alarm counts, and the interval where it is known.
 *
 * Returns undefined where all is well.
 */
export function judgeLastCheck(
  last: LastCheckAnswer | null,
  open: readonly EpisodeAnswer[],
  intervalHours: number | null,
): CheckNews | undefined {
  if (last === null) {
    return {
      tone: "warn",
      title: "Nobody watches: there was no check yet",
      words: "Standings below are empty until the first one. Start one here, or call `bellwether monitor --once` from cron.",
    };
  }
  const days = last.age_seconds / SECONDS_A_DAY;
  const alert = open.find((one) => one.channel === "monitor" && one.over_at === null && one.condition !== "ok");
  const condition = worse(alert?.condition, byInterval(last.age_seconds, intervalHours));
  if (condition === "ok") {
    return undefined;
  }
  const due = intervalHours === null ? "" : ` It is due every ${plainNumber(intervalHours)} hours.`;
  return {
    tone: condition === "red" ? "bad" : "warn",
    title: `The monitor itself is silent: the last check was ${daysLong(days)} ago`,
    words: `What stands below is as old as that, and nobody would be told of a new loss.${due}`,
  };
}

function byInterval(seconds: number, intervalHours: number | null): string {
  if (intervalHours === null || intervalHours <= 0) {
    return "ok";
  }
  const intervals = seconds / (intervalHours * 3_600);
  return intervals > SILENT_INTERVALS ? "red" : intervals > LATE_INTERVALS ? "amber" : "ok";
}

function worse(one: string | undefined, other: string): string {
  return one === "red" || other === "red" ? "red" : one === "amber" || other === "amber" ? "amber" : "ok";
}

/** Return how many hours lie between two checks, from the settings; null where they do not say. */
export function findInterval(settings: unknown): number | null {
  const told = listOf(factsOf(settings).settings).map(factsOf);
  return numberOf(told.find((one) => one.name === "monitor_interval_hours")?.value);
}
