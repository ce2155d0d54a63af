import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { SymbolsPageAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { useResource } from "../../shell/resource";
import { type Asked, NOTHING_ASKED } from "./plan";

interface PlanFormProps {
  readonly asked: Asked;
  readonly onAsk: (asked: Asked) => void;
}

interface NumberField {
  readonly name: Exclude<keyof Asked, "market">;
  readonly label: string;
  readonly least: number;
  readonly most: number;
  readonly step: string;
  readonly usual: string;
}

const FIRST: readonly NumberField[] = [
  { name: "ic", label: "Skill worth finding (IC)", least: 0.001, most: 0.9, step: "any", usual: "0.1" },
  { name: "symbols", label: "Symbols", least: 1, most: 10_000, step: "any", usual: "1" },
  { name: "cost_bps", label: "Cost a side, basis points", least: 0, most: 1000, step: "any", usual: "5" },
];
const BARS: NumberField = { name: "bars", label: "Bars of history", least: 20, most: 1_000_000, step: "1", usual: "1260" };
const MORE: readonly NumberField[] = [
  { name: "correlation", label: "Correlation of two symbols", least: 0, most: 0.99, step: "any", usual: "0.3" },
  { name: "horizon_bars", label: "Bars ahead", least: 1, most: 60, step: "1", usual: "as set" },
  { name: "persistence", label: "Of a forecast left one bar later", least: 0, most: 0.999, step: "any", usual: "0.9" },
  { name: "years", label: "Years of the curves", least: 1, most: 100, step: "any", usual: "20" },
];

/** What the planner is asked: a change is asked at once when a field is left. */
export function PlanForm({ asked, onAsk }: PlanFormProps): JSX.Element {
  const [draft, setDraft] = useDraft(asked);
  const ask = (next: Asked): void => {
    setDraft(next);
    onAsk(next);
  };
  const field = (one: NumberField): JSX.Element => (
    <NumberInput
      key={one.name}
      field={one}
      value={draft[one.name]}
      onDraft={(value) => {
        setDraft({ ...draft, [one.name]: value });
      }}
      onChange={(form, value) => {
        if (form?.checkValidity() === true) {
          ask({ ...draft, [one.name]: value });
        }
      }}
    />
  );
  return (
    <form
      class="plan-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (event.currentTarget.reportValidity()) {
          ask(draft);
        }
      }}
    >
      <div class="plan-fields">
        <MarketField
          value={draft.market}
          onChoose={(market) => {
            ask({ ...draft, market });
          }}
        />
        {draft.market === "" && field(BARS)}
        {FIRST.map(field)}
      </div>
      <details>
        <summary>More assumptions</summary>
        <div class="plan-fields">{MORE.map(field)}</div>
      </details>
      <Buttons
        onReset={() => {
          ask(NOTHING_ASKED);
        }}
      />
    </form>
  );
}

/** What stands in the form. It follows the address, unless it was the form that changed it: somebody types on. */
function useDraft(asked: Asked): [Asked, (draft: Asked) => void] {
  const [draft, setDraft] = useState(asked);
  const latest = useRef(draft);
  const key = JSON.stringify(asked);
  const own = useRef(key);
  useEffect(() => {
    if (own.current !== key) {
      own.current = key;
      latest.current = asked;
      setDraft(asked);
    }
  }, [key]);
  const change = (next: Asked): void => {
    own.current = JSON.stringify(next);
    latest.current = next;
    setDraft(next);
  };
  return [latest.current, change];
}

function Buttons({ onReset }: { readonly onReset: () => void }): JSX.Element {
  return (
    <div class="row">
      <button type="submit" class="button button-main">
        Plan
      </button>
      <button type="button" class="button" onClick={onReset}>
        Start over
      </button>
    </div>
  );
}

interface NumberInputProps {
  readonly field: NumberField;
  readonly value: string;
  readonly onDraft: (value: string) => void;
  readonly onChange: (form: HTMLFormElement | null, value: string) => void;
}

function NumberInput({ field, value, onDraft, onChange }: NumberInputProps): JSX.Element {
  return (
    <label class="field">
      {field.label}
      <input
        type="number"
        inputMode="decimal"
        min={field.least}
        max={field.most}
        step={field.step}
        placeholder={field.usual}
        value={value}
        onInput={(event) => {
          onDraft(event.currentTarget.value);
        }}
        onChange={(event) => {
          onChange(event.currentTarget.form, event.currentTarget.value);
        }}
      />
    </label>
  );
}

function MarketField({ value, onChoose }: { readonly value: string; readonly onChoose: (market: string) => void }): JSX.Element {
  // Without stored markets, or without the right to see them, a length of history can still be assumed.
  const symbols = useResource((signal) => getJson<SymbolsPageAnswer>("/v1/data/symbols", { signal }), []);
  const stored = (symbols.value?.symbols ?? []).map((one) => `${one.symbol} ${one.interval}`);
  const listed = value === "" || stored.includes(value) ? stored : [value, ...stored];
  return (
    <label class="field">
      For which bars
      <select
        value={value}
        onChange={(event) => {
          onChoose(event.currentTarget.value);
        }}
      >
        <option value="">assumed history</option>
        {listed.map((one) => (
          <option key={one} value={one}>
            {one}, as stored
          </option>
        ))}
      </select>
    </label>
  );
}
