/** The timeline of drift: conditions of models bar by bar, and everything else that was found. */

import type { EpisodeAnswer } from "../../api/schema";
import type { Lane, Span } from "../../charts";
import { tellCondition } from "./conditions";
import type { StandingChange } from "./details";

const CHANNELS: Readonly<Record<string, string>> = {
  performance: "Performance",
  inputs: "Inputs",
  data: "Data",
  monitor: "Monitor",
  retraining: "Retraining",
};

/** What a channel is called. */
export function nameChannel(channel: string): string {
  return CHANNELS[channel] ?? channel;
}

/** Return the spans in which a model was not simply OK; the last one lasts still. */
export function spansOfChanges(changes: readonly StandingChange[]): Span[] {
  const ordered = [...changes].sort((one, other) => one.asOf.localeCompare(other.asOf));
  return ordered.flatMap((change, place) => {
    const isPlain = change.condition === "ok" && change.answers;
    if (isPlain || change.asOf === "") {
      return [];
    }
    const { name, tone, means } = tellCondition(change.condition);
    const to = ordered[place + 1]?.asOf ?? null;
    return change.condition === "ok"
      ? [{ from: change.asOf, to, tone: "neutral" as const, words: "OK, and the rules answer: they are expected to be better" }]
      : [{ from: change.asOf, to, tone, words: `${name}: ${means}` }];
  });
}

/** Return one span an episode: as bad as it was at its worst, until it was over. */
export function spanOfEpisode(episode: EpisodeAnswer): Span {
  const { name, tone } = tellCondition(episode.worst);
  const now = episode.over_at === null && episode.condition !== episode.worst ? `, now ${tellCondition(episode.condition).name.toLowerCase()}` : "";
  return { from: episode.opened_at, to: episode.over_at, tone, words: `${name}${now}: ${episode.words || "no words"}` };
}

/** Return the lanes: first the models', then one for each other thing that something was found about. */
export function makeLanes(
  changes: ReadonlyMap<string, readonly StandingChange[]>,
  episodes: readonly EpisodeAnswer[],
  mostLanes = 16,
): Lane[] {
  const models = [...changes].map(([modelId, known]) => ({ name: modelId, spans: spansOfChanges(known) }));
  const others = new Map<string, Span[]>();
  for (const episode of episodes) {
    // Performance of a model that is watched is told bar by bar already.
    if (episode.channel === "performance" && changes.has(episode.subject)) {
      continue;
    }
    const name = `${nameChannel(episode.channel)}: ${episode.subject}`;
    others.set(name, [spanOfEpisode(episode), ...(others.get(name) ?? [])]);
  }
  return [...models, ...[...others].map(([name, spans]) => ({ name, spans }))].slice(0, mostLanes);
}
