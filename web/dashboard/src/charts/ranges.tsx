import type { JSX } from "preact";

/** How many days back a chart looks; undefined is all there is. */
export const RANGES = { "1 month": 31, "3 months": 92, "6 months": 183, "1 year": 366, All: undefined } as const;

export type RangeName = keyof typeof RANGES;

const SHORT: Readonly<Record<RangeName, string>> = { "1 month": "1M", "3 months": "3M", "6 months": "6M", "1 year": "1Y", All: "All" };

/** Choose how far back a chart looks. */
export function RangeSwitch({ chosen, onChoose }: { readonly chosen: RangeName; readonly onChoose: (name: RangeName) => void }): JSX.Element {
  return (
    <div class="switch" role="group" aria-label="How far back">
      {(Object.keys(RANGES) as RangeName[]).map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === chosen}
          aria-label={SHORT[name] === name ? name : `${SHORT[name]}, ${name}`}
          onClick={() => {
            onChoose(name);
          }}
        >
          {SHORT[name]}
        </button>
      ))}
    </div>
  );
}
