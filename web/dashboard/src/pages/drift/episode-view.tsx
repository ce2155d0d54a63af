import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { factsOf } from "../../api/reading";
import type { EpisodeAnswer, EpisodeStoryAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { FactList } from "../../shell/fact-list";
import { Badge, Instant } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { Acknowledge } from "./acknowledge";
import { tellCondition, tellEvent } from "./conditions";
import { readInputs } from "./details";
import { InputsTable } from "./inputs-table";
import { nameChannel } from "./lanes";

interface EpisodeViewProps {
  readonly episode: EpisodeAnswer;
  readonly onAcknowledged: (episode: EpisodeAnswer) => void;
}

/** One alert: what is wrong with whom, since when, and who knows. */
export function EpisodeView({ episode, onAcknowledged }: EpisodeViewProps): JSX.Element {
  const told = tellCondition(episode.condition);
  const isOver = episode.over_at !== null;
  const titleId = `episode-${episode.episode_id}`;
  return (
    <article class="episode" aria-labelledby={titleId}>
      <div class="episode-head">
        <h3 id={titleId}>
          {nameChannel(episode.channel)}: {episode.subject}
        </h3>
        {isOver ? <Badge tone="neutral">Over; was {tellCondition(episode.worst).name.toLowerCase()}</Badge> : <Badge tone={told.tone}>{told.name}</Badge>}
        {!isOver && episode.worst !== episode.condition && <span class="muted small">at worst {tellCondition(episode.worst).name.toLowerCase()}</span>}
      </div>
      {episode.words !== "" && <p>{episode.words}</p>}
      <p class="muted small">
        Began <Instant at={episode.opened_at} />, changed <Instant at={episode.changed_at} as="age" />
        {isOver && (
          <>
            , over <Instant at={episode.over_at} />
          </>
        )}
        {episode.n_reopened > 0 && `; came back ${episode.n_reopened === 1 ? "once" : `${episode.n_reopened} times`} before it was over`}
      </p>
      <Known episode={episode} />
      <div class="episode-foot">
        <Story episode={episode} />
        {!isOver && <Acknowledge episode={episode} onDone={onAcknowledged} />}
      </div>
    </article>
  );
}

function Known({ episode }: { readonly episode: EpisodeAnswer }): JSX.Element | null {
  if (episode.acknowledged === null) {
    return episode.over_at === null ? <p class="text-warn small">Nobody has acknowledged it.</p> : null;
  }
  const { by, words, at } = episode.acknowledged;
  return (
    <blockquote class="episode-known">
      <p>{words}</p>
      <footer class="muted small">
        {by}, <Instant at={at} />
      </footer>
    </blockquote>
  );
}

function Story({ episode }: { readonly episode: EpisodeAnswer }): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details
      class="episode-story"
      onToggle={(event) => {
        setIsOpen(event.currentTarget.open);
      }}
    >
      <summary>Evidence, and what happened</summary>
      <Evidence episode={episode} />
      {isOpen && <Steps episode={episode} />}
    </details>
  );
}

function Evidence({ episode }: { readonly episode: EpisodeAnswer }): JSX.Element {
  const facts = factsOf(episode.facts);
  return (
    <>
      <FactList facts={facts} />
      {Array.isArray(facts.features) && <InputsTable modelId={episode.subject} inputs={readInputs(facts)} of={`alert ${episode.episode_id}`} />}
    </>
  );
}

function Steps({ episode }: { readonly episode: EpisodeAnswer }): JSX.Element {
  const path = `/v1/alerts/${encodeURIComponent(episode.episode_id)}`;
  // What is new of it brings new steps.
  const story = useResource((signal) => getJson<EpisodeStoryAnswer>(path, { signal }), [path, episode.changed_at, episode.acknowledged?.at]);
  return (
    <Shown resource={story} what="the steps of this alert">
      {({ steps }) => (
        <ol class="steps">
          {steps.map((step) => (
            <li key={step.ordinal}>
              <p>
                <strong>{tellEvent(step.event)}</strong>
                {step.by === "" ? ` ${tellCondition(step.condition).name.toLowerCase()}` : ` by ${step.by}`}
                {step.is_told && <span class="muted small"> · told to the receivers</span>}
              </p>
              {step.words !== "" && <p class="muted">{step.words}</p>}
              <p class="muted small">
                <Instant at={step.at} />
              </p>
            </li>
          ))}
        </ol>
      )}
    </Shown>
  );
}
