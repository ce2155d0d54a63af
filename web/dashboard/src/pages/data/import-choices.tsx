import type { JSX } from "preact";

/** What is said of all files that are imported together. */
export interface ImportChoice {
  readonly calendar: string;
  /** Empty: as it is found. */
  readonly interval: string;
  readonly extends: boolean;
}

interface ImportChoicesProps {
  readonly choice: ImportChoice;
  readonly onChange: (choice: ImportChoice) => void;
  readonly isDisabled: boolean;
}

/** Sessions, length of bars, and whether stored bars in front are kept. */
export function ImportChoices({ choice, onChange, isDisabled }: ImportChoicesProps): JSX.Element {
  return (
    <fieldset class="choices" disabled={isDisabled}>
      <legend>How to read them</legend>
      <label class="field">
        Sessions
        <input
          type="text"
          list="calendars"
          maxLength={64}
          value={choice.calendar}
          onInput={(event) => {
            onChange({ ...choice, calendar: event.currentTarget.value });
          }}
        />
        <datalist id="calendars">
          <option value="auto" />
          <option value="XNYS" />
          <option value="weekdays" />
          <option value="24/7" />
        </datalist>
      </label>
      <label class="field">
        Length of a bar
        <input
          type="text"
          placeholder="as it is found"
          maxLength={5}
          value={choice.interval}
          onInput={(event) => {
            onChange({ ...choice, interval: event.currentTarget.value });
          }}
        />
      </label>
      <label class="choice">
        <input
          type="checkbox"
          checked={choice.extends}
          onChange={(event) => {
            onChange({ ...choice, extends: event.currentTarget.checked });
          }}
        />
        Keep stored bars that are older than the file’s first
      </label>
    </fieldset>
  );
}
