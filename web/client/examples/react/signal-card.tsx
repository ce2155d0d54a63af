/** A card: what to do, how sure, whose word it is, and why. */

import type { ReactElement } from "react";

import type { Told } from "../../src/index.js";

/** Show an answer; the predictor always has one. */
export function SignalCard({ told }: { readonly told: Told | null }): ReactElement {
  if (told === null) return <p role="status">One moment.</p>;
  const { prediction, by } = told;
  const { direction, confidence, probability_up: chance, source, symbol } = prediction;
  return (
    <article aria-label={`Signal for ${symbol}`}>
      <h2>
        {symbol}: {direction}
      </h2>
      <dl>
        <dt>Confidence</dt>
        <dd>{confidence.toFixed(0)}</dd>
        <dt>Chance of a rise</dt>
        <dd>{chance === null ? "unknown" : `${(100 * chance).toFixed(1)} %`}</dd>
        <dt>Source</dt>
        <dd>
          {source.kind} {source.model_id}, computed by the {by}
          {prediction.fallback_reason && ` (${prediction.fallback_reason})`}
        </dd>
      </dl>
      <ul>
        {prediction.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <p>No investment advice.</p>
    </article>
  );
}
