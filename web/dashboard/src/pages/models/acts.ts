/** What may be done with a model, what that would do, and how it is told. */

import type { ModelAnswer } from "../../api/schema";
import { writeBars, writeHorizon, writeList } from "./words";

/** The models of one market: who serves, and who would if not. */
export interface Market {
  readonly key: string;
  readonly universe: string;
  readonly interval: string;
  readonly horizonBars: number;
  readonly models: readonly ModelAnswer[];
  readonly champion: ModelAnswer | undefined;
  readonly previous: ModelAnswer | undefined;
}

/** Return the key of a model's market. */
export function marketKeyOf(model: ModelAnswer): string {
  return `${model.universe} ${model.interval} ${model.horizon_bars}`;
}

/** "etf: 1-day bars, the next 5 bars ahead". */
export function nameMarket(one: Pick<ModelAnswer, "universe" | "interval" | "horizon_bars">): string {
  return `${one.universe}, ${writeBars(one.interval)}, ${writeHorizon(one.horizon_bars)}`;
}

/** Return every market with its models, those that are served first. */
export function marketsOf(models: readonly ModelAnswer[]): Market[] {
  const keys = [...new Set(models.map(marketKeyOf))];
  const markets = keys.map((key) => {
    const own = models.filter((model) => marketKeyOf(model) === key);
    const first = own[0]!;
    return {
      key,
      universe: first.universe,
      interval: first.interval,
      horizonBars: first.horizon_bars,
      models: own,
      champion: own.find((model) => model.stage === "champion"),
      previous: own.find((model) => model.stage === "previous"),
    };
  });
  const rank = (market: Market): number => (market.champion === undefined ? 1 : 0);
  return markets.sort((one, other) => rank(one) - rank(other) || one.key.localeCompare(other.key));
}

/** Why a model cannot be promoted, as a sentence; undefined where it can. */
export function whyNotPromotable(model: ModelAnswer): string | undefined {
  switch (model.stage) {
    case "champion":
      return "It serves already.";
    case "previous":
      return "It stands by: rolling the champion back brings it back.";
    case "refused":
      return "The gate refused it, and that is final: train again with more bars or other features.";
    case "retired":
      return "It is retired for good.";
    default:
  }
  if (model.decision === "PROMOTE") {
    return undefined;
  }
  return model.decision === null
    ? "The gate has not judged it: only a verdict that says PROMOTE lets a model serve."
    : `The gate's verdict is ${model.decision}: only one that says PROMOTE lets a model serve.`;
}

/** What a promotion will do, step by step. */
export function tellPromotion(model: ModelAnswer, market: Market | undefined): string[] {
  const told = [`From the next answer on, ${model.model_id} answers for ${writeList(model.symbols)}.`];
  if (market?.champion !== undefined) {
    told.push(`${market.champion.model_id}, the champion so far, becomes the previous one: it can be brought back.`);
  } else {
    told.push("The rules, which answer now, step in wherever it is not sure or cannot answer.");
  }
  if (market?.previous !== undefined) {
    told.push(`${market.previous.model_id}, the previous one so far, is retired for good.`);
  }
  told.push("Its bundle is loaded and checked first; if that fails, nothing changes.");
  return told;
}

/** What a rollback will do, step by step. */
export function tellRollback(market: Market): string[] {
  const { champion, previous } = market;
  return [
    `${champion?.model_id ?? "The champion"} is retired for good: it cannot be promoted again.`,
    previous === undefined
      ? "There is no previous champion, so the rules answer from then on."
      : `${previous.model_id} becomes champion again, on the verdict it once had.`,
  ];
}

/** What a rollback came to. */
export function tellRolledBack(answer: { readonly retired: string; readonly champion: string | null }): string {
  const now = answer.champion === null ? "The rules answer" : `${answer.champion} serves`;
  return `${answer.retired} is retired. ${now} now.`;
}

/** Whether a verdict is on an earlier fit of the same pipeline than the model's own. */
export function isRenewal(model: ModelAnswer, verdict: { readonly snapshot: string }): boolean {
  return model.is_renewal || (verdict.snapshot !== "" && verdict.snapshot !== model.snapshot_digest);
}

/** Return the model that a verdict was given on: the fit of the same pipeline on the bars that were judged. */
export function findJudged(
  model: ModelAnswer,
  verdict: { readonly snapshot: string },
  models: readonly ModelAnswer[],
): ModelAnswer | undefined {
  return models.find(
    (one) =>
      one.model_id !== model.model_id &&
      one.snapshot_digest === verdict.snapshot &&
      one.pipeline_digest === model.pipeline_digest,
  );
}
