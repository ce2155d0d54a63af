/** Every page of the application, and what a test should see of it when it is there. */

import type { RetrainingAnswer } from "../src/api/schema";
import type { Service } from "./service";
import { ask } from "./stage";

/** One place to look at. */
export interface Place {
  readonly name: string;
  readonly hash: string;
}

/** The pages that are the same for everybody. */
export const PLACES: readonly Place[] = [
  { name: "overview", hash: "#/" },
  { name: "models", hash: "#/models" },
  { name: "evidence", hash: "#/evidence" },
  { name: "gate", hash: "#/evidence?view=gate" },
  { name: "ledger", hash: "#/evidence?view=ledger" },
  { name: "drift", hash: "#/drift" },
  { name: "value", hash: "#/value" },
  { name: "retraining", hash: "#/retraining" },
  { name: "data", hash: "#/data" },
  { name: "what-if", hash: "#/what-if" },
  { name: "settings", hash: "#/settings" },
];

/** Those that a full home has besides: a market, its bars, a model, two models compared. */
export async function placesOf(service: Pick<Service, "url">): Promise<readonly Place[]> {
  const { schedule, runs } = await ask<RetrainingAnswer>(service, "/v1/retraining");
  const champion = schedule.find((one) => one.universe === "desk")?.champion ?? "";
  const challenger = runs.find((one) => one.universe === "desk")?.challenger ?? "";
  return [
    ...PLACES,
    { name: "symbol", hash: "#/symbol/CEDAR" },
    { name: "bars", hash: "#/data/DOGWOOD" },
    { name: "model", hash: `#/models/${champion}` },
    { name: "compare", hash: `#/models/${champion}/${challenger}` },
  ];
}
