import type { JSX } from "preact";

import { count } from "../../format";
import { type Order, ORDERS, type Wanted } from "./signals";

interface FiltersProps {
  readonly wanted: Wanted;
  readonly onChoose: (change: Partial<Wanted>) => void;
  readonly nShown: number;
  readonly n: number;
}

const DIRECTIONS = { all: "Any direction", BUY: "BUY", SELL: "SELL", HOLD: "HOLD" } as const;
const SOURCES = { all: "Any source", model: "Models", rules: "Rules", none: "Nobody" } as const;

/** What is shown, and in which order. */
export function Filters({ wanted, onChoose, nShown, n }: FiltersProps): JSX.Element {
  return (
    <form
      class="filters"
      role="search"
      aria-label="Markets"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <label class="field filters-text">
        Symbol
        <input
          type="search"
          value={wanted.text}
          placeholder="Any symbol"
          onInput={(event) => {
            onChoose({ text: event.currentTarget.value });
          }}
        />
      </label>
      <Choice
        label="Direction"
        value={wanted.direction}
        choices={DIRECTIONS}
        onChoose={(direction) => {
          onChoose({ direction });
        }}
      />
      <Choice
        label="Source"
        value={wanted.source}
        choices={SOURCES}
        onChoose={(source) => {
          onChoose({ source });
        }}
      />
      <Choice<Order>
        label="Sort by"
        value={wanted.order}
        choices={ORDERS}
        onChoose={(order) => {
          onChoose({ order });
        }}
      />
      <p class="filters-count muted small" role="status">
        {nShown === n ? `${count(n)} markets` : `${count(nShown)} of ${count(n)} markets`}
      </p>
    </form>
  );
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly choices: Readonly<Record<Value, string>>;
  readonly onChoose: (value: Value) => void;
}

function Choice<Value extends string>({ label, value, choices, onChoose }: ChoiceProps<Value>): JSX.Element {
  return (
    <label class="field">
      {label}
      <select
        value={value}
        onChange={(event) => {
          onChoose(event.currentTarget.value as Value);
        }}
      >
        {(Object.entries(choices) as [Value, string][]).map(([choice, words]) => (
          <option key={choice} value={choice}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
