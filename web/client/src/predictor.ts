/** Predictor: the ladder climbed in the page, which always ends in an answer that says whose it is. */

import type { Columns } from "./bars.js";
import { noBars, readBars } from "./bars.js";
import type { SessionCalendar } from "./calendar.js";
import { tell } from "./result.js";
import { Way, hold } from "./way.js";
import type { PredictorPorts, Told } from "./way.js";

/** One symbol's bars, and what is asked about them. */
export interface Question extends Columns {
  readonly symbol: string;
  /** Length of a bar; "1d" by default. */
  readonly interval?: string;
  /** How many bars ahead; 1 by default. */
  readonly horizon_bars?: number;
  /** Sessions of the market; without them neither the age of the bars nor gaps can be told. */
  readonly calendar?: SessionCalendar | null;
  /** Whether to tell which features moved a model's answer: its `contributions`; it takes a tenth of a second. */
  readonly why?: boolean;
}

/** Answers about bars: by a bundle in the page, the service, the rules' bundle, or with HOLD. */
export class Predictor {
  constructor(
    private readonly ports: PredictorPorts,
    private readonly end: () => void = () => undefined,
  ) {}

  /**
   * Return a valid answer about the bars that come after the last one, whatever goes wrong.
   *
   * The promise is never refused: what goes wrong becomes a reason in the prediction's `steps`, and
   * a detour beside it.
   */
  async predict(question: Question): Promise<Told> {
    const { symbol, interval = "1d", horizon_bars: horizonBars = 1, calendar = null, why = false } = question;
    const nothing = { bars: noBars(symbol, interval), horizonBars, calendar, why };
    try {
      const bars = readBars(symbol, interval, question);
      if (!bars.ok) return hold(nothing, "data_contract_broken", bars.trouble);
      const asked = { bars: bars.value, horizonBars, calendar, why };
      if (!(Number.isInteger(horizonBars) && horizonBars >= 1)) {
        return hold(asked, "service_failed", wrongHorizon(horizonBars));
      }
      return await new Way(asked, this.ports).goDown();
    } catch (error) {
      return hold(nothing, "service_failed", tell(error));
    }
  }

  /** Load who answers for a market, and the rules, before anybody asks. */
  async warm(symbol: string, interval = "1d", horizonBars = 1): Promise<void> {
    const { shelf, bundles, rules, trust } = this.ports;
    const serving = await shelf.find(symbol, interval, horizonBars);
    const champion = serving.ok ? serving.value.champion : null;
    await Promise.all([
      champion && bundles.load(champion.address, trust),
      rules && bundles.load(rules, null),
    ]);
  }

  /** End the worker. A later question starts another one. */
  close(): void {
    this.end();
  }
}


function wrongHorizon(was: number): string {
  return `expected horizon_bars to be at least 1, was ${was}; set horizon_bars within that range`;
}
