/** The way of one question down the ladder: who is asked, and what the page cannot do itself. */

import { announce } from "./announce.js";
import type { Bars } from "./bars.js";
import { padBars } from "./bars.js";
import type { BundleSource } from "./bundle-source.js";
import type { LoadedBundle, OutputRow } from "./bundle.js";
import type { SessionCalendar } from "./calendar.js";
import { findDataFault } from "./data-check.js";
import type { BundleAddress } from "./fetching.js";
import { DAY } from "./instants.js";
import type { Fault, Landing, Outcome } from "./ladder.js";
import { Climb, LADDER_OPTIONS } from "./ladder.js";
import { modelAnswer } from "./model-reading.js";
import type { Prediction, Rung, Source } from "./prediction.js";
import { type FallbackReason, isAboutData } from "./reasons.js";
import type { Result } from "./result.js";
import { failed, found } from "./result.js";
import { readRules, rulesAnswer } from "./rules-reading.js";
import type { RulesReading } from "./rules-reading.js";
import type { Service, ServiceTrouble } from "./service.js";
import type { Seat, Serving, Shelf } from "./shelf.js";
import type { Trust } from "./signature.js";
import { findObjection, temper } from "./standing.js";
import { explainAnswer, explainNothing } from "./why.js";
import type { Why } from "./why.js";
import { digestWindow } from "./window.js";

/** What is asked about bars within the data contract. */
export interface Asked {
  readonly bars: Bars;
  readonly horizonBars: number;
  readonly calendar: SessionCalendar | null;
  /** Whether to tell which features moved a model's answer. */
  readonly why: boolean;
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

/** What a model's graph said. */
interface Spoken {
  readonly bundle: LoadedBundle;
  readonly row: OutputRow;
}

/** One question on its way down. */
export class Way {
  private readonly detours: Detour[] = [];
  private readonly graphs = new Map<Seat, Promise<Result<Spoken, Fault>>>();
  private serviceWasAsked = false;

  constructor(
    private readonly asked: Asked,
    private readonly ports: PredictorPorts,
  ) {}

  async goDown(): Promise<Told> {
    const { asked, ports } = this;
    const { bars, horizonBars } = asked;
    const now = ports.now();
    const fault = findDataFault(bars, asked.calendar, now);
    if (fault !== null) return hold(asked, fault.reason, fault.detail);
    const serving = await ports.shelf.find(bars.symbol, bars.interval, horizonBars);
    // Both at once: the rules are needed whoever answers.
    const next = findLikely(serving);
    if (next !== null) void ports.bundles.load(next.address, ports.trust);
    const [rules, source] = await this.hearRules(next);
    if (!rules.ok && isAboutData(rules.trouble.reason)) {
      return hold(asked, rules.trouble.reason, rules.trouble.detail);
    }
    const reading = rules.ok ? rules.value : null;
    const climb = new Climb(serving.ok ? serving.value.ladder : LADDER_OPTIONS);
    const byService = await this.hearModels(climb, serving, reading, now);
    if (byService !== null) return byService;
    const instead = climb.isOver ? null : await this.offerRules(climb, rules, source);
    if (instead !== null) return instead;
    const landing = climb.land();
    const why = asked.why ? await this.explain(landing, serving) : null;
    const prediction = announce(asked, landing, reading, why);
    return { prediction, by: "page", detours: this.detours };
  }

  /** Return which features moved the answer of the model that the climb ended with. */
  private async explain(landing: Landing, serving: Result<Serving, Fault>): Promise<Why> {
    if (!serving.ok) return explainNothing();
    const { champion, previous } = serving.value;
    const seat = landing.rung === "champion" ? champion : previous;
    const spoken = seat === null ? undefined : await this.graphs.get(seat);
    if (!spoken?.ok) return explainNothing();
    const { bundle, row } = spoken.value;
    const window = this.asked.bars.matrix.slice(-5 * bundle.facts.manifest.lookbackBars);
    return explainAnswer(landing.answer, bundle, row, window);
  }

  /** Offer what the rules say; return the service's answer where this page could not ask them. */
  private async offerRules(
    climb: Climb,
    rules: Result<RulesReading, Fault>,
    source: Source,
  ): Promise<Told | null> {
    if (rules.ok) {
      climb.offer("rules", { answer: rulesAnswer(rules.value, source, this.asked.horizonBars) });
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
    const running = bundle.run(padBars(this.asked.bars.matrix, manifest.lookbackBars));
    // Whoever needs it hears what became of it.
    if (next !== null) this.runGraph(next).catch(() => undefined);
    // Computed while the worker is at it.
    digestWindow(this.asked.bars);
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
    const { ports } = this;
    const { bars, horizonBars } = this.asked;
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
    const { bars, horizonBars, calendar, why } = this.asked;
    const answer = await service.predict(bars, horizonBars, calendar, why);
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

/** Return HOLD with a reason: where the bars are at fault, or nothing else can be done. */
export function hold(asked: Asked, reason: FallbackReason, detail: string): Told {
  const landing = { rung: "hold", answer: null, steps: [{ rung: "hold", reason, detail }] } as const;
  const prediction = announce(asked, landing, null, asked.why ? explainNothing() : null);
  return { prediction, by: "page", detours: [] };
}
