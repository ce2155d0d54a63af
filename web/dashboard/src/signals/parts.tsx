import type { JSX } from "preact";

import { DASH, percent, points } from "../format";
import { Badge } from "../shell/parts";
import { BAND_TONES, BAND_WORDS, bandOf, HIGH, MIDDLE } from "./confidence";
import type { TrackRecord } from "./hit-rates";

const ARROWS: Readonly<Record<string, string>> = { BUY: "M8 3v10M3.5 7.5 8 3l4.5 4.5", SELL: "M8 13V3M3.5 8.5 8 13l4.5-4.5" };

/** What the answer says to do: a word, an arrow, a colour. */
export function Direction({ direction, isLarge = false }: { readonly direction: string; readonly isLarge?: boolean }): JSX.Element {
  return (
    <span class={`direction direction-${direction.toLowerCase()}${isLarge ? " direction-large" : ""}`}>
      <svg class="sign" viewBox="0 0 16 16" aria-hidden="true">
        <path d={ARROWS[direction] ?? "M3.5 8h9"} />
      </svg>
      {direction}
    </span>
  );
}

interface ConfidenceProps {
  readonly confidence: number;
  readonly direction: string;
  readonly probabilityUp: number | null;
  /** Undefined while it is looked up. */
  readonly record: TrackRecord | undefined;
}

/**
 * The confidence with, beside it, what it does not say: the calibrated probability, and how often
 * such answers were right.
 */
export function Confidence({ confidence, direction, probabilityUp, record }: ConfidenceProps): JSX.Element {
  const band = bandOf(confidence, direction);
  const isSell = direction === "SELL";
  const chance = probabilityUp === null || !isSell ? probabilityUp : 1 - probabilityUp;
  return (
    <div class="confidence">
      <dl class="confidence-facts">
        <div>
          <dt>Confidence</dt>
          <dd class={`confidence-value text-${BAND_TONES[band]}`}>
            {band === "none" ? DASH : points(confidence)}
            {band !== "none" && <span class="confidence-band">{BAND_WORDS[band]}</span>}
          </dd>
        </div>
        <div>
          <dt>{isSell ? "Chance of a fall" : "Chance of a rise"}</dt>
          <dd>{percent(chance)}</dd>
        </div>
        <div>
          <dt>Right so far</dt>
          <dd>{record?.value ?? DASH}</dd>
          <dd class="confidence-note">{record?.note ?? "being looked up…"}</dd>
        </div>
      </dl>
      <Meter confidence={band === "none" ? 0 : confidence} tone={BAND_TONES[band]} />
    </div>
  );
}

/** Confidences lie from 50 to 95. */
const [LEAST, MOST] = [50, 95];

function Meter({ confidence, tone }: { readonly confidence: number; readonly tone: string }): JSX.Element {
  const placed = (value: number): number => (100 * (Math.min(Math.max(value, LEAST), MOST) - LEAST)) / (MOST - LEAST);
  return (
    <svg class={`meter meter-${tone}`} viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="meter-track" width="100" height="6" />
      <rect class="meter-fill" width={placed(confidence)} height="6" />
      {[MIDDLE, HIGH].map((mark) => (
        <rect key={mark} class="meter-mark" x={placed(mark) - 0.4} width="0.8" height="6" />
      ))}
    </svg>
  );
}

const CONDITION_TONES = { amber: "warn", red: "bad" } as const;

/** What watching thinks of the model that answered; nothing where all is well or nobody watches. */
export function Condition({ condition }: { readonly condition: string | undefined }): JSX.Element | null {
  if (condition === undefined || condition === "ok") {
    return null;
  }
  const tone = condition in CONDITION_TONES ? CONDITION_TONES[condition as keyof typeof CONDITION_TONES] : "neutral";
  return <Badge tone={tone}>watching says {condition}</Badge>;
}
