/** The service, asked from a page: who answers, the sessions of markets, and its own answers. */

import type { Bars } from "./bars.js";
import type { SessionCalendar } from "./calendar.js";
import type { BundleAddress, Fetch } from "./fetching.js";
import { isPrediction, isServing, isSessions } from "./forms.js";
import type { SeatAnswer } from "./forms.js";
import { readInstant } from "./instants.js";
import type { Fault } from "./ladder.js";
import type { Prediction } from "./prediction.js";
import { failed, found, tell } from "./result.js";
import type { Result } from "./result.js";
import type { Seat, Serving, Shelf } from "./shelf.js";

/** Bars of a market that answers are computed from: more are not sent. */
const SENT_BARS = 600;

/** Why the service gave no answer. */
export interface ServiceTrouble {
  readonly reason: "service_unreachable" | "service_refused" | "answer_unreadable";
  readonly detail: string;
}

/** How the service is asked. */
export interface ServiceOptions {
  /** Where it is, such as `https://predictions.example`; empty for where the page comes from. */
  readonly url: string;
  /** An API key; without one only what is open to everybody is answered. */
  readonly key?: string;
  /** How long an answer is waited for; 3,000 by default. */
  readonly milliseconds?: number;
  /** How long it is remembered who serves; 60,000 by default. */
  readonly keepMilliseconds?: number;
}

/** The service at an address. Nothing it does is thrown: what goes wrong is a value. */
export class Service implements Shelf {
  private readonly known = new Map<string, { readonly serving: Serving; readonly until: number }>();
  private readonly url: string;

  constructor(
    private readonly options: ServiceOptions,
    private readonly fetch: Fetch = (address, init) => globalThis.fetch(address, init),
  ) {
    this.url = options.url.replace(/\/+$/, "");
  }

  /** The rules' own bundle: the indicators, as the service computes them. */
  get rules(): BundleAddress {
    return this.address("/v1/rules/bundle", null);
  }

  /**
   * Return the service's own answer about some bars.
   *
   * @param why Whether to tell which features moved a model's answer: its `contributions`.
   */
  async predict(
    bars: Bars,
    horizonBars: number,
    calendar: SessionCalendar | null,
    why = false,
  ): Promise<Result<Prediction, ServiceTrouble>> {
    const answer = await this.ask("/v1/predict", writeQuestion(bars, horizonBars, calendar, why));
    if (!answer.ok) return answer;
    if (isPrediction(answer.value)) return found(answer.value);
    return failed({ reason: "answer_unreadable", detail: "an answer that is no prediction" });
  }

  /**
   * Return the sessions that bars of an interval are held against.
   *
   * @param since Leaves out what closed before this date, such as `2018-01-01`; nothing by default.
   */
  async calendar(
    name: string,
    interval = "1d",
    since?: string,
  ): Promise<Result<SessionCalendar, ServiceTrouble>> {
    const from = since === undefined ? "" : `&since=${encodeURIComponent(since)}`;
    const query = `interval=${encodeURIComponent(interval)}${from}`;
    const answer = await this.ask(`/v1/calendars/${encodeURIComponent(name)}?${query}`, null);
    if (!answer.ok) return answer;
    const isUsable = isSessions(answer.value);
    if (!isUsable) return failed({ reason: "answer_unreadable", detail: "an answer without sessions" });
    return found({ name: answer.value.name, closesAt: Float64Array.from(answer.value.closes_at) });
  }

  /**
   * Return who answers for a market.
   *
   * Where the service cannot be reached, whoever it last named; `registry_unavailable` where it never
   * named anybody.
   */
  async find(symbol: string, interval: string, horizonBars: number): Promise<Result<Serving, Fault>> {
    const query = `interval=${encodeURIComponent(interval)}&horizon_bars=${horizonBars}`;
    const path = `/v1/serving/${encodeURIComponent(symbol)}?${query}`;
    const kept = this.known.get(path);
    if (kept !== undefined && performance.now() < kept.until) return found(kept.serving);
    const answer = await this.ask(path, null);
    if (!answer.ok || !isServing(answer.value)) {
      if (kept !== undefined) return found(kept.serving);
      const detail = answer.ok ? "an answer that names nobody" : answer.trouble.detail;
      return failed({ reason: "registry_unavailable", detail });
    }
    const told = answer.value;
    const serving: Serving = {
      champion: this.seat(told.champion),
      previous: this.seat(told.previous),
      modelsEnabled: told.models_enabled,
      ladder: {
        leastConfidence: told.least_confidence,
        whenUnsure: told.when_unsure,
        mostAgeDays: told.most_age_days,
      },
    };
    const until = performance.now() + (this.options.keepMilliseconds ?? 60_000);
    this.known.set(path, { serving, until });
    return found(serving);
  }

  private seat(told: SeatAnswer | null): Seat | null {
    if (told === null) return null;
    const address = this.address(told.bundle, told.bundle_digest);
    return { address, trainedAt: readInstant(told.trained_at), standing: told.standing };
  }

  private address(path: string, digest: string | null): BundleAddress {
    return { url: this.url + path, digest, headers: this.headers() };
  }

  private headers(): Readonly<Record<string, string>> {
    return this.options.key === undefined ? {} : { authorization: `Bearer ${this.options.key}` };
  }

  private async ask(path: string, body: string | null): Promise<Result<unknown, ServiceTrouble>> {
    const headers = { ...this.headers(), ...(body !== null && { "content-type": "application/json" }) };
    const signal = AbortSignal.timeout(this.options.milliseconds ?? 3000);
    const how = body === null ? { method: "GET" } : { method: "POST", body };
    let response: Response;
    let text: string;
    try {
      response = await this.fetch(this.url + path, { ...how, headers, signal });
      text = await response.text();
    } catch (error) {
      return failed({ reason: "service_unreachable", detail: tell(error) });
    }
    if (!response.ok) {
      const detail = `${response.status} ${text}`.slice(0, 300).trim();
      return failed({ reason: "service_refused", detail });
    }
    try {
      return found(JSON.parse(text));
    } catch (error) {
      return failed({ reason: "answer_unreadable", detail: tell(error) });
    }
  }
}

/** Return a question in the form of `POST /v1/predict`, about the bars as traded. */
function writeQuestion(
  bars: Bars,
  horizonBars: number,
  calendar: SessionCalendar | null,
  why: boolean,
): string {
  const last = (values: Float64Array): number[] => Array.from(values.subarray(-SENT_BARS));
  return JSON.stringify({
    symbol: bars.symbol,
    interval: bars.interval,
    horizon_bars: horizonBars,
    ...(calendar !== null && { calendar: calendar.name }),
    ...(why && { why }),
    closed_at: last(bars.closedAt),
    open: last(bars.open),
    high: last(bars.high),
    low: last(bars.low),
    close: last(bars.close),
    volume: last(bars.volume),
    adjustment: last(bars.adjustment),
  });
}
