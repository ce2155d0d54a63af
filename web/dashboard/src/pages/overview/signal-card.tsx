import type { JSX } from "preact";

import { hrefOf } from "../../app/router";
import type { PredictionAnswer } from "../../api/schema";
import { bars, DASH, percent, price } from "../../format";
import { Badge, Instant } from "../../shell/parts";
import type { Resource } from "../../shell/resource";
import { type HitRates, lookUp } from "../../signals/hit-rates";
import { Condition, Confidence, Direction } from "../../signals/parts";
import { capital, distance, sourceAge, sourceName, sourceReason, sourceTone } from "../../signals/words";
import type { Signal } from "./signals";

/** One market: what is said, by whom and why, and where it leads. */
export function SignalCard({ signal, rates }: { readonly signal: Signal; readonly rates: Resource<HitRates> }): JSX.Element {
  const { snapshot, answer, trouble } = signal;
  const href = hrefOf("symbol", [snapshot.symbol], snapshot.interval === "1d" ? {} : { interval: snapshot.interval });
  return (
    <article class="card signal">
      <header class="signal-head">
        <div class="signal-name">
          <h2>
            <a href={href}>{snapshot.symbol}</a>
          </h2>
          <p class="muted small">
            {snapshot.interval} bars{answer !== undefined && <>, {bars(answer.horizon_bars)} ahead</>}
          </p>
        </div>
        {answer !== undefined && (
          <div class="signal-price">
            <p class="signal-amount">{price(answer.price)}</p>
            <p class="muted small">
              <Instant at={answer.as_of} as="age" />
            </p>
          </div>
        )}
        {answer !== undefined && <Direction direction={answer.direction} />}
      </header>
      {answer === undefined ? <p class="muted">There is no answer: {trouble ?? "the service gave none"}.</p> : <Said answer={answer} rates={rates} />}
    </article>
  );
}

function Said({ answer, rates }: { readonly answer: PredictionAnswer; readonly rates: Resource<HitRates> }): JSX.Element {
  const age = sourceAge(answer);
  return (
    <>
      <Confidence
        confidence={answer.confidence}
        direction={answer.direction}
        probabilityUp={answer.probability_up}
        record={lookUp(answer, rates)}
      />
      <div class="signal-source">
        <p class="row">
          <Badge tone={sourceTone(answer)}>{sourceName(answer)}</Badge>
          {answer.source.kind === "model" && <span class="small">{answer.source.model_id}</span>}
          {age !== undefined && <span class="muted small">{age}</span>}
          <Condition condition={answer.standing?.condition} />
        </p>
        <p class="muted small">{sourceReason(answer)}</p>
      </div>
      <dl class="signal-levels">
        <Level name="Target" level={answer.target} from={answer.price} />
        <Level name="Stop" level={answer.stop} from={answer.price} />
        <div>
          <dt>Regime</dt>
          <dd>{answer.regime === null ? DASH : capital(answer.regime.current)}</dd>
          {answer.regime?.is_confirmed === false && <dd class="muted small">not confirmed yet</dd>}
        </div>
      </dl>
    </>
  );
}

function Level({ name, level, from }: { readonly name: string; readonly level: number | null; readonly from: number | null }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{price(level)}</dd>
      {level !== null && <dd class="muted small">{percent(distance(level, from), { signed: true })}</dd>}
    </div>
  );
}
