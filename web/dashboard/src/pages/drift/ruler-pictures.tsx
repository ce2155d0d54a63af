import type { JSX } from "preact";

import { count, percent, plainNumber } from "../../format";
import { placeEvidence, placeOn, rulerOf, type Mark } from "./rulers";

const WIDTH = 100;
const HEIGHT = 8;

interface AccuracyRulerProps {
  readonly measured: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** What it is held against: floor, rules, promise. */
  readonly marks: readonly Mark[];
}

/** Measured accuracy with its interval, against what it is held to. */
export function AccuracyRuler({ measured, low, high, marks }: AccuracyRulerProps): JSX.Element {
  const ruler = rulerOf([measured, low, high, ...marks.map((mark) => mark.value)]);
  const xOf = (value: number): number => placeOn(ruler, value) * WIDTH;
  const told = marks.map((mark) => `${mark.name} ${percent(mark.value)}`).join(", ");
  const interval = low === null || high === null ? "" : ` (${percent(low)} to ${percent(high)})`;
  return (
    <figure class="ruler">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`Accuracy ${percent(measured)}${interval}; ${told}`}>
        <rect class="ruler-track" width={WIDTH} height={HEIGHT} />
        {low !== null && high !== null && <rect class="ruler-interval" x={xOf(low)} width={Math.max(0.5, xOf(high) - xOf(low))} y={1.5} height={HEIGHT - 3} />}
        {marks.map((mark, number) => (
          <line key={mark.name} class={`ruler-mark ruler-mark-${number}`} x1={xOf(mark.value)} x2={xOf(mark.value)} y1={0} y2={HEIGHT} />
        ))}
        {measured !== null && <rect class="ruler-value" x={xOf(measured) - 0.5} width={1} height={HEIGHT} />}
      </svg>
      <figcaption class="ruler-ends">
        <span>{percent(ruler.from, { digits: 0 })}</span>
        <ul class="chart-key">
          <li>
            <KeySign kind="ruler-value" />
            last bars, with 95% interval
          </li>
          {marks.map((mark, number) => (
            <li key={mark.name}>
              <KeySign kind={`ruler-mark ruler-mark-${number}`} />
              {mark.name} {percent(mark.value)}
            </li>
          ))}
        </ul>
        <span>{percent(ruler.to, { digits: 0 })}</span>
      </figcaption>
    </figure>
  );
}

function KeySign({ kind }: { readonly kind: string }): JSX.Element {
  return (
    <svg class="ruler-key" viewBox="0 0 6 10" aria-hidden="true">
      <line class={`ruler-sign ${kind}`} x1={3} x2={3} y1={0} y2={10} />
    </svg>
  );
}

interface EvidenceMeterProps {
  readonly evidence: number;
  readonly amber: number;
  readonly red: number;
}

/** Evidence against a model on its way to amber and red; ten times as much is the same step anywhere. */
export function EvidenceMeter({ evidence, amber, red }: EvidenceMeterProps): JSX.Element {
  const xOf = (value: number): number => placeEvidence(value, red) * WIDTH;
  const tone = evidence >= red ? "bad" : evidence >= amber ? "warn" : "good";
  return (
    <figure class="ruler">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Evidence ${plainNumber(evidence)}: amber from ${count(amber)}, red from ${count(red)}`}
      >
        <rect class="ruler-track" width={WIDTH} height={HEIGHT} />
        <rect class={`span-${tone}`} width={Math.max(0.7, xOf(evidence))} height={HEIGHT} />
        <line class={evidence >= amber ? "ruler-mark ruler-passed" : "ruler-mark ruler-warn"} x1={xOf(amber)} x2={xOf(amber)} y1={0} y2={HEIGHT} />
        <line class={evidence >= red ? "ruler-mark ruler-passed" : "ruler-mark ruler-bad"} x1={xOf(red)} x2={xOf(red)} y1={0} y2={HEIGHT} />
      </svg>
      <figcaption class="ruler-ends">
        <span>1</span>
        <span>
          amber at {count(amber)}, red at {count(red)}
        </span>
      </figcaption>
    </figure>
  );
}

interface StabilityRulerProps {
  readonly psi: number;
  readonly psiHigh: number;
  /** The largest value of the table, so that rows can be compared. */
  readonly most: number;
}

/** A stability index beside the interval in which it lies where nothing has changed. */
export function StabilityRuler({ psi, psiHigh, most }: StabilityRulerProps): JSX.Element {
  const xOf = (value: number): number => (Math.min(value, most) / most) * WIDTH;
  return (
    <svg class="stability" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="ruler-track" width={WIDTH} height={HEIGHT} />
      <rect class="ruler-interval" width={xOf(psiHigh)} y={1.5} height={HEIGHT - 3} />
      <rect class={psi > psiHigh ? "stability-out" : "ruler-value"} x={Math.min(WIDTH - 1.5, xOf(psi))} width={1.5} height={HEIGHT} />
    </svg>
  );
}
