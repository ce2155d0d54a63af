import type { JSX } from "preact";

import { count, day, instant, percent, price } from "../format";
import { DataTable } from "../shell/parts";
import type { Candle } from "./candles";
import type { Fan } from "./fan";
import { type Mark, OUTCOME_WORDS } from "./marks";

const N_ROWS = 30;

interface CandleTableProps {
  readonly candles: readonly Candle[];
  readonly fan: Fan | undefined;
  readonly marks: readonly Mark[];
  readonly isDaily: boolean;
}

/** What the chart shows, as tables. */
export function CandleTable({ candles, fan, marks, isDaily }: CandleTableProps): JSX.Element {
  const said = new Map(marks.map((mark) => [mark.time, `${mark.direction}: ${OUTCOME_WORDS[mark.outcome]}`]));
  const write = isDaily ? day : instant;
  return (
    <details class="chart-table">
      <summary>The chart as a table</summary>
      {fan !== undefined && (
        <DataTable
          caption={`Where the price may be, with a probability of ${percent(fan.coverage, { digits: 0 })}`}
          rowKey={(point) => String(point.barsAhead)}
          rows={fan.points.slice(1)}
          columns={[
            { key: "ahead", title: "Bars ahead", isRowHeader: true, cell: (point) => count(point.barsAhead) },
            { key: "low", title: "Low", numeric: true, cell: (point) => price(point.low) },
            { key: "middle", title: "Middle", numeric: true, cell: (point) => price(point.middle) },
            { key: "high", title: "High", numeric: true, cell: (point) => price(point.high) },
          ]}
        />
      )}
      <DataTable
        caption={`The last ${Math.min(N_ROWS, candles.length)} bars, the latest first`}
        rowKey={(candle) => String(candle.time)}
        rows={candles.slice(-N_ROWS).reverse()}
        columns={[
          { key: "at", title: "Closed", isRowHeader: true, cell: (candle) => write(candle.time * 1000) },
          { key: "open", title: "Open", numeric: true, cell: (candle) => price(candle.open) },
          { key: "high", title: "High", numeric: true, cell: (candle) => price(candle.high) },
          { key: "low", title: "Low", numeric: true, cell: (candle) => price(candle.low) },
          { key: "close", title: "Close", numeric: true, cell: (candle) => price(candle.close) },
          { key: "volume", title: "Volume", numeric: true, cell: (candle) => count(candle.volume) },
          { key: "said", title: "What was said", cell: (candle) => said.get(candle.time) ?? "" },
        ]}
      />
    </details>
  );
}
