import { describe, expect, it } from "vitest";

import { DirectBundles } from "../src/bundle-source.js";
import type { Asked } from "../src/messages.js";
import type { Prediction } from "../src/prediction.js";
import { failed, found } from "../src/result.js";
import { Service } from "../src/service.js";
import type { Serving } from "../src/shelf.js";
import type { Told } from "../src/way.js";
import { WorkerBundles } from "../src/worker-bundles.js";
import type { WorkerLike } from "../src/worker-bundles.js";
import { CASES, questionOf } from "./files.js";
import { ENGINE, Files, SERVING, predictorOn } from "./stands.js";

const CASE = CASES.cases.find((one) => one.name === "the champion, bar 320")!;
const ANY_STRENGTH: Serving = { ...SERVING, ladder: { ...SERVING.ladder, leastConfidence: 0 } };
const OF_SERVICE: Prediction = { ...CASE.prediction, reasons: ["The service says so."] };
const now = (): number => CASE.now;

/** A service that answers each path with a value, and remembers what it was asked. */
class Answers {
  readonly asked: string[] = [];

  constructor(private readonly answers: Readonly<Record<string, unknown>>) {}

  get service(): Service {
    return new Service({ url: "" }, (address) => {
      this.asked.push(address);
      const path = address.split("?")[0]!;
      if (!(path in this.answers)) return Promise.reject(new TypeError("Failed to fetch"));
      return Promise.resolve(Response.json(this.answers[path]));
    });
  }
}

describe("the service is asked where the page cannot", () => {
  const up = { "/v1/predict": OF_SERVICE };

  async function ask(files: Files, answers: Answers, serving = ANY_STRENGTH): Promise<Told> {
    return predictorOn(files, serving, { service: answers.service, now }).predict(questionOf(CASE));
  }

  it("not while the page's own bundle answers", async () => {
    const answers = new Answers(up);
    expect((await ask(new Files(), answers)).by).toBe("page");
    expect(answers.asked).toEqual([]);
  });

  it("not where the model itself steps aside", async () => {
    const answers = new Answers(up);
    const serving = { ...SERVING, ladder: { ...SERVING.ladder, leastConfidence: 95 } };
    const told = await ask(new Files(), answers, serving);
    expect(told.prediction).toMatchObject({ rung: "rules", fallback_reason: "low_confidence" });
    expect(answers.asked).toEqual([]);
  });

  it("before the previous champion", async () => {
    const files = new Files();
    const champion = { ...SERVING.champion!, address: { url: "/gone", digest: null } };
    const serving = { ...ANY_STRENGTH, champion, previous: SERVING.champion };
    expect(await ask(files, new Answers(up), serving)).toMatchObject({ by: "service", prediction: OF_SERVICE });
    const alone = await ask(files, new Answers({}), serving);
    expect(alone.prediction).toMatchObject({ rung: "previous champion", fallback_reason: "bundle_missing" });
    expect(alone.detours.map((one) => one.reason)).toEqual(["bundle_missing", "service_unreachable"]);
  });

  it("and what it could not compute itself is no answer", async () => {
    const files = new Files();
    files.files.delete("/model");
    const hold = { ...OF_SERVICE, rung: "hold", fallback_reason: "service_failed", direction: "HOLD" };
    const told = await ask(files, new Answers({ "/v1/predict": hold }));
    expect(told.prediction.rung).toBe("rules");
    expect(told.detours.at(-1)).toMatchObject({ stage: "service", reason: "service_failed" });
  });

  it("once, however much is missing", async () => {
    const files = new Files();
    files.files.clear();
    const answers = new Answers({});
    const told = await ask(files, answers);
    expect(told.prediction).toMatchObject({ rung: "hold", fallback_reason: "rules_failed" });
    expect(answers.asked).toEqual(["/v1/predict"]);
  });

  it("with the bars as traded, and the calendar by its name", async () => {
    const files = new Files();
    files.files.delete("/model");
    let body = "";
    const service = new Service({ url: "", key: "secret" }, (_, options) => {
      body = options.body as string;
      return Promise.resolve(Response.json(OF_SERVICE));
    });
    await predictorOn(files, ANY_STRENGTH, { service, now }).predict(questionOf(CASE));
    const sent = JSON.parse(body) as Record<string, unknown>;
    expect(sent).toMatchObject({ symbol: "WORLD", calendar: "world", horizon_bars: 1 });
    expect(sent.close).toEqual(CASES.base.close);
  });
});

describe("whoever is asked why", () => {
  const asked = CASES.cases.find((one) => one.name === "why, bar 320")!;

  it("is asked so: the service tells the features where it answers", async () => {
    const files = new Files();
    files.files.delete("/model");
    const bodies: Record<string, unknown>[] = [];
    const service = new Service({ url: "" }, (_, options) => {
      bodies.push(JSON.parse(options.body as string) as Record<string, unknown>);
      return Promise.resolve(Response.json(asked.prediction));
    });
    const predictor = predictorOn(files, ANY_STRENGTH, { service, now });
    const told = await predictor.predict(questionOf(asked));
    expect(told).toMatchObject({ by: "service", prediction: asked.prediction });
    expect(told.prediction.contributions.length).toBe(15);
    await predictor.predict(questionOf(CASE));
    expect(bodies.map((one) => one.why)).toEqual([true, undefined]);
  });

  it("answers all the same where the worker is lost over it", async () => {
    const loaded = await new DirectBundles(ENGINE, new Files().fetch).load(SERVING.champion!.address, null);
    if (!loaded.ok) throw new Error(loaded.trouble.detail);
    const { facts } = loaded.value;
    // A worker that opens and runs bundles, and is gone when it is asked why.
    const start = (): WorkerLike => {
      const worker: WorkerLike = { postMessage: (asking: Asked) => void hear(worker, asking), terminate: () => undefined, onmessage: null, onerror: null };
      return worker;
    };
    const hear = async (worker: WorkerLike, asking: Asked): Promise<void> => {
      if (asking.kind === "explain") {
        worker.onerror?.call(worker as Worker, { preventDefault: () => undefined, message: "out of memory" } as ErrorEvent);
        return;
      }
      const result = asking.kind === "load" ? found({ handle: 0, facts }) : await loaded.value.run(asking.window);
      worker.onmessage?.call(worker as Worker, { data: { kind: asking.kind, id: asking.id, result } } as MessageEvent);
    };
    const bundles = new WorkerBundles({ start, wasmUrl: null, loadMilliseconds: 9_000, runMilliseconds: 9_000 });
    const told = await predictorOn(new Files(), ANY_STRENGTH, { bundles, rules: null, now }).predict(questionOf(asked));
    expect(told.prediction).toMatchObject({ rung: "champion", contributions: [] });
    expect(told.prediction.explanation?.trouble).toBe("it could not be computed: the worker failed: out of memory");
  });
});

describe("who serves", () => {
  const seat = {
    model_id: "m", bundle_digest: "d", bundle: "/v1/models/m/bundle",
    trained_at: "2018-06-29T21:00:00.000000Z", standing: null,
  };
  const told = {
    champion: seat, previous: null, models_enabled: true,
    least_confidence: 60, when_unsure: "step_down", most_age_days: 180,
  };
  const PATH = "/v1/serving/A%2FB";

  it("is asked once a while, and remembered while nobody answers", async () => {
    const answers: Record<string, unknown> = { [PATH]: told };
    const asked = new Answers(answers);
    const service = asked.service;
    const first = await service.find("A/B", "1d", 1);
    await service.find("A/B", "1d", 1);
    expect(asked.asked.length).toBe(1);
    expect(first).toMatchObject({ ok: true, value: { champion: { address: { url: "/v1/models/m/bundle", digest: "d" } } } });
    const forgetful = new Service({ url: "", keepMilliseconds: -1 }, (address) =>
      Reflect.has(answers, address.split("?")[0]!)
        ? Promise.resolve(Response.json(told))
        : Promise.reject(new TypeError("Failed to fetch")));
    await forgetful.find("A/B", "1d", 1);
    Reflect.deleteProperty(answers, PATH);
    expect(await forgetful.find("A/B", "1d", 1)).toMatchObject({ ok: true });
  });

  it("is unknown where nobody ever said, or nonsense", async () => {
    for (const answers of [{}, { [PATH]: { champion: 1 } }]) {
      const found = await new Answers(answers).service.find("A/B", "1d", 1);
      expect(found).toMatchObject({ ok: false, trouble: { reason: "registry_unavailable" } });
    }
  });

  it("a failing shelf is a reason and the rules' turn", async () => {
    const trouble = { reason: "registry_unavailable", detail: "gone" } as const;
    const shelf = { find: () => Promise.resolve(failed(trouble)) };
    const answer = await predictorOn(new Files(), SERVING, { shelf, now }).predict(questionOf(CASE));
    expect(answer.prediction).toMatchObject({ rung: "rules", fallback_reason: "registry_unavailable" });
  });

  it("sessions come as plain instants", async () => {
    const sessions = { name: "XNYS", interval: "1d", closes_at: [1, 2] };
    const service = new Answers({ "/v1/calendars/XNYS": sessions }).service;
    const found = await service.calendar("XNYS");
    expect(found.ok && Array.from(found.value.closesAt)).toEqual([1, 2]);
    const wrong = new Answers({ "/v1/calendars/XNYS": { ...sessions, closes_at: [2, 1] } }).service;
    expect((await wrong.calendar("XNYS")).ok).toBe(false);
  });
});

describe("questions that cannot be", () => {
  it("a horizon of nothing is an answer too", async () => {
    const told = await predictorOn(new Files(), SERVING, { now }).predict({ ...questionOf(CASE), horizon_bars: 0 });
    expect(told.prediction).toMatchObject({ direction: "HOLD", fallback_reason: "service_failed" });
  });

  it("whatever is thrown becomes HOLD", async () => {
    const shelf = { find: () => Promise.reject(new Error("a defect")) };
    const told = await predictorOn(new Files(), SERVING, { shelf, now }).predict(questionOf(CASE));
    expect(told.prediction.steps).toEqual([{ rung: "hold", reason: "service_failed", detail: "a defect" }]);
  });
});

describe("workers", () => {
  /** A worker that a test answers for. */
  class Silent implements WorkerLike {
    onmessage: WorkerLike["onmessage"] = null;
    onerror: WorkerLike["onerror"] = null;
    isEnded = false;
    readonly asked: { id: number; kind: string }[] = [];
    postMessage(asked: { id: number; kind: string }): void {
      this.asked.push(asked);
    }
    terminate(): void {
      this.isEnded = true;
    }
    answer(result: unknown): void {
      const { id, kind } = this.asked.shift()!;
      this.onmessage!.call(this as unknown as Worker, { data: { id, kind, result } } as MessageEvent);
    }
  }

  function bundlesOn(workers: Silent[], milliseconds = 10_000): WorkerBundles {
    const start = (): Silent => {
      workers.push(new Silent());
      return workers.at(-1)!;
    };
    return new WorkerBundles({ start, wasmUrl: null, loadMilliseconds: milliseconds, runMilliseconds: milliseconds });
  }

  const address = { url: "/model", digest: null };
  const kept = { ok: true, value: { handle: 0, facts: {} } };

  it("that do not answer in time are replaced", async () => {
    const workers: Silent[] = [];
    const bundles = bundlesOn(workers, 1);
    const late = await bundles.load(address, null);
    expect(late).toMatchObject({ ok: false, trouble: { reason: "time_budget_exceeded" } });
    expect(workers[0]!.isEnded).toBe(true);
    void bundles.load(address, null);
    expect(workers.length).toBe(2);
    bundles.close();
  });

  it("that fail tell everybody who waits", async () => {
    const workers: Silent[] = [];
    const bundles = bundlesOn(workers);
    const waiting = [bundles.load(address, null), bundles.load({ ...address, url: "/rules" }, null)];
    workers[0]!.onerror!.call(workers[0] as unknown as Worker, {
      message: "out of memory", preventDefault: () => undefined,
    } as ErrorEvent);
    for (const one of await Promise.all(waiting)) {
      expect(one).toMatchObject({ ok: false, trouble: { reason: "load_failed" } });
    }
  });

  it("load a bundle once, and never mistake another's for it", async () => {
    const workers: Silent[] = [];
    const bundles = bundlesOn(workers);
    const loading = bundles.load(address, null);
    expect(bundles.load(address, null)).toBe(loading);
    workers[0]!.answer(kept);
    const loaded = await loading;
    bundles.close();
    void bundles.load({ ...address, url: "/other" }, null);
    const said = loaded.ok && (await loaded.value.run(new Float64Array(5)));
    expect(said).toMatchObject({ ok: false, trouble: { reason: "inference_process_down" } });
    bundles.close();
  });

  it("that cannot be started are a reason", async () => {
    const bundles = new WorkerBundles({
      start: () => { throw new Error("no workers here"); },
      wasmUrl: null, loadMilliseconds: 1000, runMilliseconds: 1000,
    });
    expect(await bundles.load(address, null)).toMatchObject({ ok: false, trouble: { reason: "load_failed" } });
  });
});
