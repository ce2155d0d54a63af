import { afterEach, describe, expect, it, vi } from "vitest";

import { mount, problem, serve } from "../../../tests/fake-service";
import type { EpisodeAnswer, MonitorAnswer } from "../../api/schema";
import { readRoute } from "../../app/router";
import { readInputs } from "./details";
import { InputsTable } from "./inputs-table";
import Page from "./Page";

const EPISODE: EpisodeAnswer = {
  episode_id: "3f2a9c81d0b7e645",
  subject: "sp500-1d-h1-2018",
  channel: "performance",
  condition: "red",
  worst: "red",
  words: "accuracy is below its floor <img src=x onerror=alert(1)>",
  facts: { e_value: 1304.2, done: "the rules answer" } as unknown as EpisodeAnswer["facts"],
  opened_at: "2018-12-28T22:00:03.120000Z",
  changed_at: "2018-12-31T22:00:02.870000Z",
  over_at: null,
  n_reopened: 0,
  acknowledged: null,
};
const MONITOR: MonitorAnswer = {
  last_check: { at: "2019-01-02T22:00:03.120000Z", age_seconds: 400_000 },
  models: [
    {
      model_id: "sp500-1d-h1-2018",
      stage: "champion",
      standing: {
        condition: "red",
        answers: false,
        accuracy: 0.48,
        fallback_accuracy: 0.52,
        confidence_factor: 0.2,
        edge_factor: 0,
        as_of: "2018-12-31T21:00:00.000000",
        words: "drift is red",
      },
      evidence: 1304.2,
    },
  ],
};
const RECEIVERS = [{ name: "desk", n_waiting: 1, n_failures: 3, why: "nobody who listens there" }];
const alerts = (episodes: readonly EpisodeAnswer[]): unknown => ({ episodes, receivers: RECEIVERS, next_cursor: null });
const settings = () => ({ settings: [{ name: "monitor_interval_hours", value: 24 }] });

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("drift", () => {
  it("shows how a model stands, that the monitor is silent, and who was not told", async () => {
    serve({ "GET /v1/monitor": () => MONITOR, "GET /v1/alerts": () => alerts([EPISODE]), "GET /v1/settings": settings });
    const page = await mount(<Page route={readRoute("#/drift")} />);
    expect(page.text()).toContain("The monitor itself is silent: the last check was 4 days ago");
    expect(page.text()).toContain("desk: 1 notice waits (nobody who listens there)");
    expect(page.text()).toContain("The next rung answers");
    expect(page.text()).toContain("accuracy is below its floor <img src=x onerror=alert(1)>");
    expect(page.place.querySelector("img")).toBeNull();
    await page.leave();
  });

  it("writes down who knows of an alert, and says so", async () => {
    let known = EPISODE;
    const path = `/v1/alerts/${EPISODE.episode_id}/acknowledge`;
    const asked = serve({
      "GET /v1/monitor": () => MONITOR,
      "GET /v1/alerts": () => alerts([known]),
      "GET /v1/settings": () => problem(403, "Not allowed"),
      [`POST ${path}`]: ({ body }) => {
        known = { ...known, acknowledged: { ...(body as { by: string; words: string }), at: "2019-01-03T00:00:00Z" } };
        return known;
      },
    });
    const page = await mount(<Page route={readRoute("#/drift")} />);
    await page.press("Acknowledge");
    await page.fill("Who knows of it", " ann ");
    await page.fill("What is done about it", "retraining tonight");
    await page.submit();
    const post = asked.find((one) => one.method === "POST");
    expect([post?.path, post?.body]).toEqual([path, { by: "ann", words: "retraining tonight" }]);
    expect(post?.headers.get("idempotency-key")).toMatch(/^[0-9a-f]{32}$/);
    expect(page.text()).toContain("Written down: ann knows of performance of sp500-1d-h1-2018.");
    expect(page.place.querySelector("blockquote")?.textContent).toContain("retraining tonight");
    await page.leave();
  });

  it("keeps what was written where the service refuses it", async () => {
    serve({
      "GET /v1/monitor": () => MONITOR,
      "GET /v1/alerts": () => alerts([EPISODE]),
      [`POST /v1/alerts/${EPISODE.episode_id}/acknowledge`]: () => problem(403, "Key lacks the scope", { hint: "ask for a key that may operate" }),
    });
    const page = await mount(<Page route={readRoute("#/drift")} />);
    await page.press("Acknowledge");
    await page.fill("What is done about it", "retraining tonight");
    await page.submit();
    expect(page.place.querySelector("dialog")?.textContent).toContain("ask for a key that may operate");
    expect(page.place.querySelector("textarea")?.value).toBe("retraining tonight");
    await page.leave();
  });

  it("says that nobody is watched, and that nothing is wrong", async () => {
    serve({ "GET /v1/monitor": () => ({ last_check: null, models: [] }), "GET /v1/alerts": () => ({ episodes: [], receivers: [], next_cursor: null }) });
    const page = await mount(<Page route={readRoute("#/drift")} />);
    expect(page.text()).toContain("Nobody watches: there was no check yet");
    expect(page.text()).toContain("No model is watched");
    expect(page.text()).toContain("Nothing is wrong, as far as is known.");
    await page.leave();
  });

  it("says why it knows nothing", async () => {
    serve({ "GET /v1/monitor": () => problem(503, "Registry unavailable", { hint: "look at the database" }) });
    const page = await mount(<Page route={readRoute("#/drift")} />);
    expect(page.text()).toContain("look at the database");
    await page.leave();
  });
});

describe("inputs of a model", () => {
  it("tell how much wider bars are, and show no index where there is none", async () => {
    const inputs = readInputs({
      at: "2026-01-05T00:00:00Z",
      n_symbols: 1,
      n_bars: 60,
      drifted: ["volatility level"],
      features: [
        { name: "volatility level", times: 1.62, p: 0.002, share: 0.75, n_effective: 11.5 },
        { name: "rsi_14", distance: 0.2, p: 0.4, share: 0.02, n_effective: 3, psi: 0.4, psi_high: 0.9 },
      ],
    });
    const page = await mount(<InputsTable modelId="m1" inputs={inputs} />);
    const cells = [...page.place.querySelectorAll("tbody tr")].map((row) => [...row.children].map((cell) => cell.textContent));
    expect(cells[0]?.slice(0, 2)).toEqual(["volatility level", "Changed × 1.62"]);
    expect(cells[0]?.[2]).toBe(cells[0]?.[3]);
    expect(cells[1]?.slice(0, 4)).toEqual(["rsi_14", "As in training", "0.40", "0 to 0.90"]);
    expect(page.place.querySelectorAll("svg.stability")).toHaveLength(1);
    expect(page.text()).toContain("One input is not as in training");
    await page.leave();
  });
});
