/** Predictor: the ladder climbed in the page, which always ends in an answer that says whose it is. */

import { announce } from "./announce.js";
import type { Bars, Columns } from "./bars.js";
import { noBars, padBars, readBars } from "./bars.js";
import type { BundleSource } from "./bundle-source.js";
import type { LoadedBundle, OutputRow } from "./bundle.js";
import type { SessionCalendar } from "./calendar.js";
import { findDataFault } from "./data-check.js";
import type { BundleAddress } from "./fetching.js";
import { DAY } from "./instants.js";
import type { Fault, Outcome } from "./ladder.js";
import { Climb, LADDER_OPTIONS } from "./ladder.js";
import { modelAnswer } from "./model-reading.js";
import type { Prediction, Rung, Source } from "./prediction.js";
import { type FallbackReason, isAboutData } from "./reasons.js";
import type { Result } from "./result.js";
import { failed, found, tell } from "./result.js";
import { readRules, rulesAnswer } from "./rules-reading.js";
import type { RulesReading } from "./rules-reading.js";
import type { Service, ServiceTrouble } from "./service.js";
import type { Seat, Serving, Shelf } from "./shelf.js";
import type { Trust } from "./signature.js";
import { findObjection, temper } from "./standing.js";

/** One symbol's bars, and what is asked about them. */
export interface Question extends Columns {
  readonly symbol: string;
  /** Length of a bar; "1d" by default. */
  readonly interval?: string;
  /** How many bars ahead; 1 by default. */
  readonly horizon_bars?: number;
  /** Sessions of the market; without them neither the age of the bars nor gaps can be told. */
  readonly calendar?: SessionCalendar | null;
}

/** What kept the page, or the service, from answering. */
export interface Detour {
  readonly stage: "bundle" | "service" | "rules";
  readonly reason: FallbackReason | ServiceTrouble["reason"];
  readonly detail: string;
}

/** An answer, and how the page came by it. */
export interface Told {
  readonly prediction: Prediction;
  /** Who computed it. */
  readonly by: "page" | "service";
  /** What the page could not do itself, in the order it was tried; empty where all went well. */
  readonly detours: readonly Detour[];
}

/** The outside things that answering uses. */
export interface PredictorPorts {
  readonly shelf: Shelf;
  readonly bundles: BundleSource;
  /** Where the rules' own bundle is; null where nobody said. */
  readonly rules: BundleAddress | null;
  /** Asked where the page cannot run a model itself; null where there is none. */
  readonly service: Service | null;
  /** Whose signatures count on models' bundles; null where none is looked at. */
  readonly trust: Trust | null;
  /** The time, in microseconds since 1970. */
  readonly now: () => number;
}

// What a model says of itself is the ladder's business; what this page cannot do is the service's.
const OF_THE_MODEL: readonly FallbackReason[] = [
  "no_model_promoted", "models_disabled", "low_confidence", "model_too_old", "drift_red",
  "behind_rules", "too_few_bars",
];

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
    const { symbol, interval = "1d", horizon_bars: horizonBars = 1 } = question;
    const nothing = noBars(symbol, interval);
    try {
      const bars = readBars(symbol, interval, question);
      if (!bars.ok) return hold(nothing, horizonBars, "data_contract_broken", bars.trouble);
      if (!(Number.isInteger(horizonBars) && horizonBars >= 1)) {
        return hold(bars.value, horizonBars, "service_failed", wrongHorizon(horizonBars));
      }
      const way = new Way(bars.value, horizonBars, question.calendar ?? null, this.ports);
      return await way.goDown();
    } catch (error) {
      return hold(nothing, horizonBars, "service_failed", tell(error));
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

/** What a model's graph said. */
interface Spoken {
  readonly bundle: LoadedBundle;
  readonly row: OutputRow;
}

/** One question on its way down. */
class Way {
  private readonly detours: Detour[] = [];
  private readonly graphs = new Map<Seat, Promise<Result<Spoken, Fault>>>();
  private serviceWasAsked = false;

  constructor(
    private readonly bars: Bars,
    private readonly horizonBars: number,
    private readonly calendar: SessionCalendar | null,
    private readonly ports: PredictorPorts,
  ) {}

  async goDown(): Promise<Told> {
    const { bars, horizonBars, ports } = this;
    const now = ports.now();
    const fault = findDataFault(bars, this.calendar, now);
    if (fault !== null) return hold(bars, horizonBars, fault.reason, fault.detail);
    const serving = await ports.shelf.find(bars.symbol, bars.interval, horizonBars);
    // Both at once: the rules are needed whoever answers.
    const next = findLikely(serving);
    if (next !== null) void ports.bundles.load(next.address, ports.trust);
    const [rules, source] = await this.hearRules(next);
    if (!rules.ok && isAboutData(rules.trouble.reason)) {
      return hold(bars, horizonBars, rules.trouble.reason, rules.trouble.detail);
    }
    const reading = rules.ok ? rules.value : null;
    const climb = new Climb(serving.ok ? serving.value.ladder : LADDER_OPTIONS);
    const byService = await this.hearModels(climb, serving, reading, now);
    if (byService !== null) return byService;
    const instead = climb.isOver ? null : await this.offerRules(climb, rules, source);
    if (instead !== null) return instead;
    const prediction = announce(bars, horizonBars, climb.land(), reading);
    return { prediction, by: "page", detours: this.detours };
  }

  /** Offer what the rules say; return the service's answer where this page could not ask them. */
  private async offerRules(
    climb: Climb,
    rules: Result<RulesReading, Fault>,
    source: Source,
  ): Promise<Told | null> {
    if (rules.ok) {
      climb.offer("rules", { answer: rulesAnswer(rules.value, source, this.horizonBars) });
      return null;
    }
    this.note("rules", rules.trouble);
    const instead = await this.askService();
    if (instead === null) climb.offer("rules", { fault: rules.trouble });
    return instead;
  }

  /**
   * Return what the rules say.
   *
   * @param next Whose graph runs behind theirs, so that both are waited for once; should it hang,
   * the rules have answered already.
   */
  private async hearRules(next: Seat | null): Promise<[Result<RulesReading, Fault>, Source]> {
    const { bundles, rules } = this.ports;
    const nobody = describe(null, "rules", null);
    if (rules === null) return [rulesFailed("nobody said where the rules' bundle is"), nobody];
    const loaded = await bundles.load(rules, null);
    if (!loaded.ok) return [rulesFailed(loaded.trouble.detail), nobody];
    const bundle = loaded.value;
    const { manifest } = bundle.facts;
    if (manifest.kind !== "rules") return [rulesFailed("a bundle that is not the rules'"), nobody];
    const running = bundle.run(padBars(this.bars.matrix, manifest.lookbackBars));
    // Whoever needs it hears what became of it.
    if (next !== null) this.runGraph(next).catch(() => undefined);
    const row = await running;
    if (!row.ok) return [rulesFailed(row.trouble.detail), nobody];
    const reading = readRules(row.value, manifest);
    const isOurs = !reading.ok && !isAboutData(reading.trouble.reason);
    return [isOurs ? rulesFailed(reading.trouble.detail) : reading, describe(bundle, "rules", null)];
  }

  /** Offer what the models say; return the service's answer where this page could not ask them. */
  private async hearModels(
    climb: Climb,
    serving: Result<Serving, Fault>,
    rules: RulesReading | null,
    now: number,
  ): Promise<Told | null> {
    if (!serving.ok) {
      climb.offer("champion", { fault: serving.trouble });
      return this.askServiceAbout(serving.trouble);
    }
    const { champion, previous, modelsEnabled } = serving.value;
    if (!modelsEnabled || champion === null) {
      const reason = modelsEnabled ? "no_model_promoted" : "models_disabled";
      climb.offer("champion", { fault: { reason, detail: "" } });
      if (!modelsEnabled) return null;
    }
    const seats = [["champion", champion], ["previous champion", previous]] as const;
    for (const [rung, seat] of seats) {
      if (seat === null || climb.isOver) continue;
      const instead = await this.hearModel(climb, rung, seat, rules, now);
      if (instead !== null) return instead;
    }
    return null;
  }

  private async hearModel(
    climb: Climb,
    rung: Rung,
    seat: Seat,
    rules: RulesReading | null,
    now: number,
  ): Promise<Told | null> {
    const outcome = await this.askModel(seat, rules, now);
    climb.offer(rung, outcome);
    return "fault" in outcome ? this.askServiceAbout(outcome.fault) : null;
  }

  private async askModel(seat: Seat, rules: RulesReading | null, now: number): Promise<Outcome> {
    const spoken = await this.runGraph(seat);
    if (!spoken.ok) return { fault: spoken.trouble };
    const { bundle, row } = spoken.value;
    const { manifest } = bundle.facts;
    const trainedAt = seat.trainedAt ?? manifest.trainedAt;
    const age = trainedAt === null ? null : Math.max((now - trainedAt) / DAY, 0);
    const outcome = modelAnswer(row, manifest, describe(bundle, "model", age), rules);
    if ("fault" in outcome || seat.standing === null) return outcome;
    return { answer: temper(outcome.answer, seat.standing) };
  }

  /** Return what a model's graph says about the last bars; it is run once. */
  private runGraph(seat: Seat): Promise<Result<Spoken, Fault>> {
    const known = this.graphs.get(seat);
    if (known !== undefined) return known;
    const running = this.beginGraph(seat);
    this.graphs.set(seat, running);
    return running;
  }

  private async beginGraph(seat: Seat): Promise<Result<Spoken, Fault>> {
    const { bars, horizonBars, ports } = this;
    const objection = findObjection(seat.standing);
    if (objection !== null) return failed(objection);
    const loaded = await ports.bundles.load(seat.address, ports.trust);
    if (!loaded.ok) return loaded;
    const bundle = loaded.value;
    const misfit = findMisfit(bundle, bars, horizonBars);
    if (misfit !== null) return failed(misfit);
    const [nBars, { lookbackBars }] = [bars.closedAt.length, bundle.facts.manifest];
    if (nBars < lookbackBars) {
      return failed({ reason: "too_few_bars", detail: `${nBars} bars where it needs ${lookbackBars}` });
    }
    const row = await bundle.run(bars.matrix.slice(-5 * lookbackBars));
    return row.ok ? found({ bundle, row: row.value }) : row;
  }

  private askServiceAbout(fault: Fault): Promise<Told | null> {
    if (OF_THE_MODEL.includes(fault.reason) || isAboutData(fault.reason)) return Promise.resolve(null);
    this.note("bundle", fault);
    return this.askService();
  }

  /** Return the service's answer; null where it has none that is better than the page's own. */
  private async askService(): Promise<Told | null> {
    const { service } = this.ports;
    if (service === null || this.serviceWasAsked) return null;
    this.serviceWasAsked = true;
    const answer = await service.predict(this.bars, this.horizonBars, this.calendar);
    if (!answer.ok) {
      this.note("service", answer.trouble);
      return null;
    }
    const prediction = answer.value;
    const reason = prediction.fallback_reason;
    if (prediction.rung === "hold" && (reason === "service_failed" || reason === "rules_failed")) {
      this.note("service", { reason, detail: prediction.steps.at(-1)?.detail ?? "" });
      return null;
    }
    return { prediction, by: "service", detours: this.detours };
  }

  private note(stage: Detour["stage"], trouble: Omit<Detour, "stage">): void {
    this.detours.push({ stage, reason: trouble.reason, detail: trouble.detail });
  }
}

/** Return whose graph is asked first, where any is. */
function findLikely(serving: Result<Serving, Fault>): Seat | null {
  return serving.ok && serving.value.modelsEnabled ? serving.value.champion : null;
}

/** Return why a model's bundle has nothing to say about a market, or null. */
function findMisfit(bundle: LoadedBundle, bars: Bars, horizonBars: number): Fault | null {
  const { kind, symbols, interval, horizonBars: ahead, modelId } = bundle.facts.manifest;
  const isAbout = symbols.includes(bars.symbol) && interval === bars.interval && ahead === horizonBars;
  if (kind === "model" && isAbout) return null;
  const asked = `${bars.symbol}, ${bars.interval} bars, ${horizonBars} ahead`;
  return { reason: "no_model_promoted", detail: `bundle ${modelId} is not about ${asked}` };
}

function describe(
  bundle: LoadedBundle | null,
  kind: "model" | "rules",
  ageDays: number | null,
): Source {
  const facts = bundle?.facts;
  return {
    kind,
    model_id: facts?.manifest.modelId ?? null,
    version: facts?.manifest.bellwetherVersion ?? null,
    age_days: ageDays,
    bundle_digest: facts?.digest ?? null,
    state_digest: facts?.manifest.stateDigest ?? null,
  };
}

function rulesFailed(detail: string): { readonly ok: false; readonly trouble: Fault } {
  return failed({ reason: "rules_failed", detail });
}

function wrongHorizon(was: number): string {
  return `expected horizon_bars to be at least 1, was ${was}; set horizon_bars within that range`;
}

/** Return HOLD with a reason: where the bars are at fault, or nothing else can be done. */
function hold(bars: Bars, horizonBars: number, reason: FallbackReason, detail: string): Told {
  const landing = { rung: "hold", answer: null, steps: [{ rung: "hold", reason, detail }] } as const;
  return { prediction: announce(bars, horizonBars, landing, null), by: "page", detours: [] };
}
