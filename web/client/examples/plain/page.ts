/** One page that predicts: no framework, and every text set as text. */

import { openPredictor } from "../../src/index.js";
import type { Predictor, Told } from "../../src/index.js";
import { readCsv } from "./bars.js";

const form = document.querySelector("form")!;
const status = document.querySelector("[role=status]")!;
const list = document.querySelector("ol")!;
const predictors = new Map<string, Predictor>();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void answer(new FormData(form));
});

async function answer(asked: FormData): Promise<void> {
  const file = asked.get("bars") as File;
  const columns = readCsv(await file.text());
  if (columns === null) {
    say("This file has no columns closed_at, open, high, low, close and volume.", []);
    return;
  }
  say("One moment.", []);
  const predictor = predictorAt(asked.get("service") as string);
  show(await predictor.predict({ symbol: asked.get("symbol") as string, ...columns }));
}

/** Return the predictor of a service: one worker for as long as the page is open. */
function predictorAt(url: string): Predictor {
  const known = predictors.get(url) ?? openPredictor({ service: { url } });
  predictors.set(url, known);
  return known;
}

function show({ prediction, by, detours }: Told): void {
  const { direction, confidence, probability_up: chance, source } = prediction;
  const rise = chance === null ? "" : `, a rise has a chance of ${(100 * chance).toFixed(1)} %`;
  const who = source.kind === "model" ? `model ${source.model_id ?? ""}` : source.kind;
  const head = `${direction} (confidence ${confidence.toFixed(0)}${rise}), by ${who}, computed by the ${by}.`;
  say(head, [...prediction.reasons, ...detours.map((one) => `${one.stage}: ${one.reason}. ${one.detail}`)]);
}

function say(head: string, items: readonly string[]): void {
  status.textContent = head;
  list.replaceChildren(
    ...items.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }),
  );
}
