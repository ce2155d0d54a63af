import type { JSX } from "preact";

import type { PredictionAnswer } from "../../api/schema";
import { bars, DASH, percent, price } from "../../format";
import { Badge, Card } from "../../shell/parts";
import type { Resource } from "../../shell/resource";
import { type HitRates, lookUp, recordOf } from "../../signals/hit-rates";
import { Condition, Confidence } from "../../signals/parts";
import { capital, distance, sourceAge, sourceName, sourceTone } from "../../signals/words";

interface ForecastCardProps {
  readonly answer: PredictionAnswer;
  /** What was measured of the sources; left out where nothing could be. */
  readonly rates?: Resource<HitRates>;
}

/** What is said about the next bars, how sure, by whom and why. */
export function ForecastCard({ answer, rates }: ForecastCardProps): JSX.Element {
  const interval = answer.prediction_interval;
  const age = sourceAge(answer);
  return (
    <Card title={`The next ${answer.horizon_bars === 1 ? "bar" : bars(answer.horizon_bars)}`} class="forecast">
      <Confidence
        confidence={answer.confidence}
        direction={answer.direction}
        probabilityUp={answer.probability_up}
        record={rates === undefined ? recordOf(answer, undefined) : lookUp(answer, rates)}
      />
      <dl class="facts">
        <dt>Expected return</dt>
        <dd>{percent(answer.expected_return, { digits: 2, signed: true })}</dd>
        <dt>{interval === null ? "Interval" : `${percent(interval.coverage, { digits: 0 })} interval`}</dt>
        <dd>
          {interval === null
            ? DASH
            : `${percent(interval.low, { digits: 2, signed: true })} to ${percent(interval.high, { digits: 2, signed: true })}`}
        </dd>
        <Level name="Target" level={answer.target} from={answer.price} />
        <Level name="Stop" level={answer.stop} from={answer.price} />
        <dt>Regime</dt>
        <dd>{wordsOfRegime(answer)}</dd>
        <dt>Said by</dt>
        <dd class="row">
          <Badge tone={sourceTone(answer)}>{sourceName(answer)}</Badge>
          <Condition condition={answer.standing?.condition} />
          {age !== undefined && <span class="muted small">{age}</span>}
        </dd>
      </dl>
      <h3>In words</h3>
      <ul class="reasons">
        {answer.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </Card>
  );
}

function Level({ name, level, from }: { readonly name: string; readonly level: number | null; readonly from: number | null }): JSX.Element {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {price(level)} {level !== null && <span class="muted small">{percent(distance(level, from), { signed: true })}</span>}
      </dd>
    </>
  );
}

function wordsOfRegime({ regime }: PredictionAnswer): string {
  if (regime === null) {
    return DASH;
  }
  return regime.is_confirmed ? capital(regime.current) : `${capital(regime.current)}, not confirmed yet (so far ${regime.confirmed})`;
}
