import type { JSX } from "preact";

import type { Figure } from "./figure";
import { placeOn, type Scale } from "./tracks";

interface TrackProps {
  readonly figure: Figure;
  readonly scale: Scale | undefined;
  readonly marks?: readonly number[];
  readonly tone?: "good" | "bad" | "neutral";
}

/** A number as a dot on its interval, with upright marks to compare it with. The number is written beside it. */
export function Track({ figure, scale, marks = [0], tone = "neutral" }: TrackProps): JSX.Element {
  const { value, low, high } = figure;
  if (scale === undefined || value === undefined) {
    return <svg class="track" aria-hidden="true" />;
  }
  const at = (one: number): string => `${placeOn(scale, one).toFixed(2)}%`;
  return (
    <svg class={`track track-${tone}`} aria-hidden="true">
      <line class="track-base" x1="0%" x2="100%" y1="8" y2="8" />
      {marks.map((mark) => (
        <line key={mark} class="track-mark" x1={at(mark)} x2={at(mark)} y1="1" y2="15" />
      ))}
      {low !== undefined && high !== undefined && <line class="track-reach" x1={at(low)} x2={at(high)} y1="8" y2="8" />}
      <circle class="track-at" cx={at(value)} cy="8" r="4" />
    </svg>
  );
}
