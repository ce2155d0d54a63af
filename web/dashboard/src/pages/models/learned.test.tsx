import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { balanceOf, splitWorth, tellWorth, worthOf } from "./learned";
import { LearnedCard } from "./learned-card";

const worth = (feature: string, loss: number, width: number, ...alike: string[]): Record<string, unknown> => ({
  feature, loss, low: loss - width, high: loss + width, alike, is_luck: Math.abs(loss) <= width,
});
const HELP = worth("trend", 0.05, 0.01);
const LUCK = worth("range", 0.01, 0.02, "trend");
const HARM = worth("volume", -0.05, 0.01);
const part = (n_rows: number, share_up: number, regimes: Record<string, number>): Record<string, unknown> => ({
  n_rows, share_up, share_still: 0.01, share_by_regime: regimes,
});
const LEARNED = part(2000, 0.55, { ranging: 0.6, "trending up": 0.3, volatile: 0.1 });
const JUDGED = part(1000, 0.51, { ranging: 0.55, "trending up": 0.2, volatile: 0.25 });
const METRICS = { importance: [HELP, LUCK, HARM], balance: { training: LEARNED, out_of_sample: JUDGED } };

describe("what features were worth", () => {
  it("is help, harm or luck, by the whole interval", () => {
    expect(worthOf(METRICS).map((one) => one.takenFor)).toEqual(["a help", "luck would do", "a harm"]);
    expect(worthOf(METRICS)[0]!.loss.interval).toBe("+0.040 to +0.060");
  });

  it("is told as the terminal tells it", () => {
    const [help, luck, harm] = worthOf(METRICS);
    expect(tellWorth([help!, luck!, harm!])).toBe(
      "Out of sample the skill hung on trend and the model did worse with volume; the others cannot be told from luck.",
    );
    expect(tellWorth([help!])).toBe("Out of sample the skill hung on trend.");
    expect(tellWorth([luck!, luck!])).toBe("None of 2 features can be told from luck: every interval includes zero.");
  });

  it("shows what can be told from luck first, and leaves nothing out", () => {
    const many = [HELP, ...Array.from({ length: 12 }, (_, place) => worth(`f${place}`, 0.01, 0.02)), HARM];
    const [shown, rest] = splitWorth(worthOf({ importance: many }));
    expect(shown.map((one) => one.feature)).toEqual(["trend", "f0", "f1", "f2", "f3", "volume"]);
    expect(rest).toHaveLength(8);
    expect(rest.every((one) => one.takenFor === "luck would do")).toBe(true);
  });

  it("is nothing where a bundle does not say, or says something else", () => {
    for (const importance of [undefined, null, "much", [null, 3, { feature: "a", loss: "b" }]]) {
      expect(worthOf({ importance })).toEqual([]);
    }
  });
});

describe("how rows divide", () => {
  it("names the kind of market that differs most", () => {
    expect(balanceOf(METRICS)?.words).toBe(
      "Of 2,000 rows that it first learned from 55.0% rose, of 1,000 that it was judged on 51.0%. " +
        "Volatile markets were 10% of the ones and 25% of the others.",
    );
    expect(balanceOf({ balance: { training: LEARNED, out_of_sample: LEARNED } })?.words).toMatch(/much the same kinds of market\.$/);
  });

  it("adds up to one, over what prices did and over the regimes", () => {
    const rows = balanceOf(METRICS)!.rows;
    expect(rows.map((row) => row.name)).toEqual(["Rose", "Fell", "Unchanged", "Ranging", "Trending up", "Volatile"]);
    for (const rowsOf of [rows.slice(0, 3), rows.slice(3)]) {
      expect(rowsOf.reduce((sum, row) => sum + row.learned, 0)).toBeCloseTo(1);
      expect(rowsOf.reduce((sum, row) => sum + row.judged, 0)).toBeCloseTo(1);
    }
  });

  it("is unknown where a part is missing or is another", () => {
    for (const balance of [undefined, [], { training: LEARNED }, { training: LEARNED, out_of_sample: { n_rows: "many" } }]) {
      expect(balanceOf({ balance })).toBeUndefined();
    }
  });
});

describe("the card of what a model learned from", () => {
  let place: HTMLElement;
  beforeEach(() => {
    place = document.createElement("div");
    document.body.append(place);
  });
  afterEach(() => {
    render(null, place);
    place.remove();
  });
  const show = (metrics: Record<string, unknown>): Promise<void> =>
    act(() => {
      render(<LearnedCard metrics={metrics} />, place);
    });

  it("writes every number beside its picture, in tables with captions", async () => {
    await show(METRICS);
    expect([...place.querySelectorAll("caption")].map((one) => one.textContent)).toEqual([
      "Skill lost without each feature",
      "Shares of the rows",
    ]);
    for (const words of ["+0.050", "+0.040 to +0.060", "a harm", "moves with trend", "55.0%", "25.0%"]) {
      expect(place.textContent).toContain(words);
    }
    expect(place.querySelector(".share-part")?.getAttribute("width")).toBe("55.00%");
    expect([...place.querySelectorAll("svg")].every((one) => one.getAttribute("aria-hidden") === "true")).toBe(true);
    expect(place.querySelector("[style]")).toBeNull();
  });

  it("keeps what luck would do for those who ask", async () => {
    await show({ importance: Array.from({ length: 9 }, (_, at) => worth(`f${at}`, 0.01, 0.02)) });
    expect(place.querySelector("summary")?.textContent).toBe("3 more, which luck would do");
    expect(place.querySelectorAll("details tbody tr")).toHaveLength(3);
  });

  it("says what is not kept, and why", async () => {
    await show({});
    expect(place.querySelectorAll("table")).toHaveLength(0);
    expect(place.textContent).toContain("What features were worth is not known: its plan did not ask");
    expect(place.textContent).toContain("How the rows divide is not known: its plan did not ask");
  });
});
