import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { AlertsAnswer, EpisodeAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { replaceQuery, type Route } from "../../app/router";
import { count } from "../../format";
import { More } from "../../shell/more";
import { usePages } from "../../shell/paging";
import { Card, Notice } from "../../shell/parts";
import { Shown } from "../../shell/states";
import { EpisodeView } from "./episode-view";
import { nameChannel } from "./lanes";

const A_PAGE = 20;
const STATES = [
  ["open", "Open"],
  ["over", "Over"],
  ["all", "All"],
] as const;
const CHANNELS = ["performance", "inputs", "data", "monitor", "retraining"] as const;

interface EpisodesCardProps {
  readonly route: Route;
  readonly onChange: () => void;
}

/** Alerts as episodes, the latest first; each can be acknowledged. */
export function EpisodesCard({ route, onChange }: EpisodesCardProps): JSX.Element {
  const state = STATES.find(([name]) => name === route.query.get("state"))?.[0] ?? "open";
  const channel = CHANNELS.find((name) => name === route.query.get("channel"));
  const [said, setSaid] = useState("");
  const paged = usePages(
    async (cursor, signal) => {
      const answer = await getJson<AlertsAnswer>("/v1/alerts", { query: { state, channel, cursor, limit: A_PAGE }, signal });
      return { items: answer.episodes, next: answer.next_cursor };
    },
    (episode: EpisodeAnswer) => episode.episode_id,
    [state, channel],
    { everySeconds: 60 },
  );
  return (
    <Card
      title="Alerts"
      note="An alert is an episode: it is told once, again when it changes, and it is over once all was well for a while."
      actions={<Filters route={route} state={state} channel={channel} />}
    >
      <p class="visually-hidden" role="status">
        {said}
      </p>
      {said !== "" && <Notice tone="good" title={said} />}
      <Shown
        resource={paged.resource}
        what="alerts"
        empty={(episodes) => episodes.length === 0}
        emptyText={<p>{state === "open" ? "Nothing is wrong, as far as is known." : "There are no such alerts."}</p>}
      >
        {(episodes) => (
          <div class="episodes">
            {episodes.map((episode) => (
              <EpisodeView
                key={episode.episode_id}
                episode={episode}
                onAcknowledged={(known) => {
                  setSaid(`Written down: ${known.acknowledged?.by ?? "somebody"} knows of ${nameChannel(known.channel).toLowerCase()} of ${known.subject}.`);
                  paged.resource.reload();
                  onChange();
                }}
              />
            ))}
          </div>
        )}
      </Shown>
      <More paged={paged} what="alerts" />
    </Card>
  );
}

interface FiltersProps {
  readonly route: Route;
  readonly state: string;
  readonly channel: string | undefined;
}

function Filters({ route, state, channel }: FiltersProps): JSX.Element {
  const choose = (change: Readonly<Record<string, string>>): void => {
    const wanted = { ...Object.fromEntries(route.query), ...change };
    replaceQuery(route, Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== "")));
  };
  return (
    <>
      <label class="field">
        Which
        <select
          value={state}
          onChange={(event) => {
            choose({ state: event.currentTarget.value });
          }}
        >
          {STATES.map(([name, title]) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        Found by
        <select
          value={channel ?? ""}
          onChange={(event) => {
            choose({ channel: event.currentTarget.value });
          }}
        >
          <option value="">Every check</option>
          {CHANNELS.map((name) => (
            <option key={name} value={name}>
              {nameChannel(name)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

/** Receivers that could not be told: an alert that reaches nobody is none. */
export function Receivers({ receivers }: { readonly receivers: AlertsAnswer["receivers"] }): JSX.Element | null {
  const waiting = receivers.filter((one) => one.n_waiting > 0);
  if (waiting.length === 0) {
    return null;
  }
  return (
    <Notice tone="warn" title="Not everybody was told">
      <ul>
        {waiting.map((one) => (
          <li key={one.name}>
            {one.name}: {count(one.n_waiting)} {one.n_waiting === 1 ? "notice waits" : "notices wait"}
            {one.why !== "" && ` (${one.why})`}
          </li>
        ))}
      </ul>
    </Notice>
  );
}
