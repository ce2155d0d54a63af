import type { JSX } from "preact";

import { bars as writeBars, day } from "../../format";
import { Card, Notice } from "../../shell/parts";
import type { Resource } from "../../shell/resource";
import type { Market } from "./market";
import type { Reading } from "./reading/read";

/** What is asked about the bars of a file. */
export interface Asked {
  /** Symbol of the market; empty for one that the service does not know. */
  readonly symbol: string;
  /** Whether the age of the last bar counts. */
  readonly isNow: boolean;
}

interface QuestionCardProps {
  readonly name: string;
  readonly reading: Reading;
  readonly markets: Resource<unknown>;
  readonly known: readonly Market[];
  readonly asked: Asked;
  readonly isProposed: boolean;
  readonly onAsk: (asked: Asked) => void;
}

/** Which market it is, and when the question is asked. */
export function QuestionCard({ name, reading, markets, known, asked, isProposed, onAsk }: QuestionCardProps): JSX.Element {
  const { bars } = reading;
  const [first, last] = [bars.instants[0] ?? NaN, bars.instants.at(-1) ?? NaN];
  return (
    <Card
      title={<span class="file-name">{name}</span>}
      note={`${writeBars(bars.close.length)} of ${bars.interval}, ${day(first / 1000)} to ${day(last / 1000)}`}
    >
      <div class="asked">
        <label class="field">
          Market
          <select
            value={asked.symbol}
            onChange={(event) => {
              onAsk({ ...asked, symbol: event.currentTarget.value });
            }}
          >
            <option value="">Another one: the rules answer</option>
            {known.map((market) => (
              <option key={market.symbol} value={market.symbol}>
                {market.symbol}
              </option>
            ))}
          </select>
        </label>
        <fieldset class="question">
          <legend>Asked</legend>
          {[false, true].map((isNow) => (
            <label key={String(isNow)} class="choice">
              <input
                type="radio"
                name="asked-at"
                checked={asked.isNow === isNow}
                onChange={() => {
                  onAsk({ ...asked, isNow });
                }}
              />
              {isNow ? "now: the age of the last bar counts" : "right after the last bar"}
            </label>
          ))}
        </fieldset>
      </div>
      <p class="muted small asked-note">{tellMarket(asked, isProposed, bars.interval)}</p>
      {markets.failure !== undefined && (
        <Notice tone="warn" title="The service cannot say which markets it knows" live="polite">
          <p>{markets.failure.message}</p>
          <button type="button" class="button" onClick={markets.reload}>
            Ask again
          </button>
        </Notice>
      )}
    </Card>
  );
}

function tellMarket(asked: Asked, isProposed: boolean, interval: string): string {
  if (asked.symbol === "") {
    return `A model answers about its own market only. If these bars are of a market that is stored here with ${interval} bars, choose it.`;
  }
  const why = isProposed ? "The file names it; choose another one if that is wrong. " : "";
  return `${why}Its champion answers, and days without a time close with its sessions. Only the name of the market is asked of the service.`;
}
