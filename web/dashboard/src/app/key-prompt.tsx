import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { giveKey, onKeyChange, readKey, whyKeyIsNeeded } from "../api/key";

/** Ask for the API key where the service wants one. */
export function KeyPrompt(): JSX.Element | null {
  const [why, setWhy] = useState(whyKeyIsNeeded);
  useEffect(
    () =>
      onKeyChange(() => {
        setWhy(whyKeyIsNeeded());
      }),
    [],
  );
  return why === undefined ? null : <Prompt why={why} />;
}

function Prompt({ why }: { readonly why: string }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [key, setKey] = useState("");
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="key-title"
      onCancel={(event) => {
        event.preventDefault();
      }}
      // A browser closes it at the second Escape, whatever is said to the first.
      onClose={(event) => {
        event.currentTarget.showModal();
      }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (key.trim() !== "") {
            giveKey(key);
          }
        }}
      >
        <h2 id="key-title">This service asks for a key</h2>
        <p>{readKey() === undefined ? "Nobody may look at it without one." : why}</p>
        <label class="field">
          API key
          <input
            type="password"
            name="api-key"
            autocomplete="off"
            spellcheck={false}
            placeholder="bw_…"
            value={key}
            onInput={(event) => {
              setKey(event.currentTarget.value);
            }}
          />
        </label>
        <p class="muted">
          It stays in this tab and goes to this service only. <code>bellwether keys create</code> makes one.
        </p>
        <div class="dialog-actions">
          <button type="submit" class="button button-main" disabled={key.trim() === ""}>
            Use this key
          </button>
        </div>
      </form>
    </dialog>
  );
}
