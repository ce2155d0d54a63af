/** Files of bars as people have them, made of what a service stores. */

import type { BarsAnswer, PredictionAnswer, SymbolsPageAnswer } from "../src/api/schema";
import type { Service } from "./service";

/** A file as a browser is given one. */
export interface File {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

interface Serving {
  readonly champion: { readonly bundle: string } | null;
}

/** Return a file of some text. */
export function fileOf(name: string, text: string): File {
  return { name, mimeType: "text/csv", buffer: Buffer.from(text) };
}

/** Return the JSON that a service answers with. */
export async function askJson<T>(service: Pick<Service, "url">, path: string, body?: unknown): Promise<T> {
  const how = body === undefined ? {} : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(`${service.url}${path}`, how);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Return a market with a champion, and where its bundle is. */
export async function findServed(service: Pick<Service, "url">): Promise<{ symbol: string; bundle: string }> {
  const { symbols } = await askJson<SymbolsPageAnswer>(service, "/v1/data/symbols?limit=100");
  for (const { symbol } of symbols) {
    const { champion } = await askJson<Serving>(service, `/v1/serving/${encodeURIComponent(symbol)}?interval=1d&horizon_bars=1`);
    if (champion !== null) return { symbol, bundle: champion.bundle };
  }
  throw new Error("expected a market with a champion, was none");
}

/** Return the stored bars of a market. */
export function readBars(service: Pick<Service, "url">, symbol: string, last = 700): Promise<BarsAnswer> {
  return askJson<BarsAnswer>(service, `/v1/data/bars/${encodeURIComponent(symbol)}?interval=1d&last=${last}`);
}

/** Return bars as a CSV file, days without a time. */
export function toCsv(bars: BarsAnswer): string {
  const rows = bars.closed_at.map((at, row) => [at.slice(0, 10), bars.open[row], bars.high[row], bars.low[row], bars.close[row], bars.volume[row]].join(","));
  return ["Date,Open,High,Low,Close,Volume", ...rows].join("\n");
}

/** Return the service's own answer about bars. */
export function predict(service: Pick<Service, "url">, bars: BarsAnswer): Promise<PredictionAnswer> {
  const { symbol, interval, closed_at, open, high, low, close, volume } = bars;
  return askJson<PredictionAnswer>(service, "/v1/predict", { symbol, interval, closed_at, open, high, low, close, volume });
}
