/**
 * The client's ladder in this page: the champion's bundle, the one before, the rules' bundle, HOLD.
 *
 * The service is asked who serves and for the bundles, and never for an answer: that would take the
 * bars along, and no byte of a file leaves the page.
 */

import wasmUrl from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";

import type { SessionCalendar } from "../../../../client/src/calendar";
import { type Question, Predictor } from "../../../../client/src/predictor";
import { Service } from "../../../../client/src/service";
import type { Told } from "../../../../client/src/way";
import { WorkerBundles } from "../../../../client/src/worker-bundles";
import { readKey } from "../../api/key";
import type { Market } from "./market";
import { ANSWER_MEASURE, BUNDLE_MEASURE } from "./measures";

const LOAD_MILLISECONDS = 60_000;
const RUN_MILLISECONDS = 5_000;

/** Answers questions in this page. */
export class PageEngine {
  private readonly service: Service;
  private readonly bundles: WorkerBundles;
  private readonly predictor: Predictor;
  private readonly begunAt = performance.now();
  private askedAt: number | null = null;

  constructor() {
    const key = readKey();
    this.service = new Service(key === undefined ? { url: "" } : { url: "", key });
    this.bundles = new WorkerBundles({
      start: () => new Worker(new URL("../../../../client/src/worker.ts", import.meta.url), { type: "module" }),
      wasmUrl,
      loadMilliseconds: LOAD_MILLISECONDS,
      runMilliseconds: RUN_MILLISECONDS,
    });
    this.predictor = new Predictor({
      shelf: this.service,
      bundles: this.bundles,
      rules: this.service.rules,
      service: null,
      trust: null,
      now: () => this.askedAt ?? Date.now() * 1000,
    });
  }

  /** Have the rules' bundle fetched and checked, since they are asked whoever answers. */
  warmRules(): void {
    void this.bundles.load(this.service.rules, null);
  }

  /** Have everything fetched and checked that answers about a market. */
  async warm(symbol: string, interval: string): Promise<void> {
    await this.predictor.warm(symbol, interval);
    performance.measure(BUNDLE_MEASURE, { start: this.begunAt, end: performance.now() });
  }

  /** The sessions of a market, all that the service tells: since when would be a word about the file. */
  async sessions({ calendar, interval }: Market): Promise<SessionCalendar | null> {
    const answer = await this.service.calendar(calendar, interval);
    return answer.ok ? answer.value : null;
  }

  /**
   * Answer a question.
   *
   * @param askedAt When it is asked, in microseconds since 1970; null for now.
   */
  async answer(question: Question, askedAt: number | null): Promise<Told> {
    this.askedAt = askedAt;
    const begun = performance.now();
    const told = await this.predictor.predict(question);
    performance.measure(ANSWER_MEASURE, { start: begun, end: performance.now() });
    return told;
  }

  /** Answer a question that was answered before, and tell which features moved the model's answer. */
  explain(question: Question, askedAt: number | null): Promise<Told> {
    this.askedAt = askedAt;
    return this.predictor.predict({ ...question, why: true });
  }

  /** End the worker. */
  close(): void {
    this.predictor.close();
    this.bundles.close();
  }
}
