import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { EpisodeAnswer } from "../../api/schema";
import { sendJson } from "../../api/service";
import { ConfirmDialog } from "../../shell/parts";
import { nameChannel } from "./lanes";

const MOST_NAME_LETTERS = 200;
const MOST_WORDS_LETTERS = 500;

/** Who looks at the page says so once; it is forgotten with the tab. */
let lastName = "";

interface AcknowledgeProps {
  readonly episode: EpisodeAnswer;
  readonly onDone: (episode: EpisodeAnswer) => void;
}

/** Write down who knows of an alert, and what is done about it. */
export function Acknowledge({ episode, onDone }: AcknowledgeProps): JSX.Element {
  const [isOpen, setIsOpen] = useState(false);
  const [by, setBy] = useState(lastName);
  const [words, setWords] = useState("");
  const about = `${nameChannel(episode.channel)} of ${episode.subject}`;
  const send = async (): Promise<void> => {
    lastName = by.trim();
    const path = `/v1/alerts/${encodeURIComponent(episode.episode_id)}/acknowledge`;
    const answer = await sendJson<EpisodeAnswer>("POST", path, { by: by.trim(), words: words.trim() });
    setIsOpen(false);
    setWords("");
    onDone(answer);
  };
  return (
    <>
      <button
        type="button"
        class="button"
        onClick={() => {
          setIsOpen(true);
        }}
      >
        {episode.acknowledged === null ? "Acknowledge" : "Acknowledge anew"}
        <span class="visually-hidden"> {about}</span>
      </button>
      <ConfirmDialog
        open={isOpen}
        title="Acknowledge this alert"
        confirmLabel="Acknowledge"
        onConfirm={send}
        onCancel={() => {
          setIsOpen(false);
        }}
      >
        <p class="muted">
          {about}. Nobody is reminded of it then, unless it gets worse. What is written here stands in the journal for good.
        </p>
        <Fields by={by} words={words} onBy={setBy} onWords={setWords} />
      </ConfirmDialog>
    </>
  );
}

interface FieldsProps {
  readonly by: string;
  readonly words: string;
  readonly onBy: (by: string) => void;
  readonly onWords: (words: string) => void;
}

function Fields({ by, words, onBy, onWords }: FieldsProps): JSX.Element {
  return (
    <>
      <label class="field">
        Who knows of it
        <input
          type="text"
          required
          pattern=".*\S.*"
          maxLength={MOST_NAME_LETTERS}
          autocomplete="name"
          value={by}
          onInput={(event) => {
            onBy(event.currentTarget.value);
          }}
        />
      </label>
      <label class="field">
        What is done about it
        <textarea
          required
          rows={3}
          maxLength={MOST_WORDS_LETTERS}
          value={words}
          onInput={(event) => {
            const { currentTarget } = event;
            onWords(currentTarget.value);
            currentTarget.setCustomValidity(currentTarget.value.trim() === "" ? "Say what is done about it." : "");
          }}
        />
      </label>
    </>
  );
}
