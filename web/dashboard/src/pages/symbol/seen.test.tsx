import { render } from "preact";
import { describe, expect, it } from "vitest";

import type { PredictionAnswer } from "../../api/schema";
import { SeenCard } from "./seen-card";

function shown(told: Partial<PredictionAnswer>): string {
  const place = document.createElement("div");
  render(<SeenCard answer={{ contributions: [], ...told } as PredictionAnswer} />, place);
  return place.textContent;
}

describe("what the model saw", () => {
  it("is told in points, from the baseline to the model's own chance", () => {
    const text = shown({ contributions: [{ feature: "rsi", amount: 0.0123 }], explanation: { baseline: 0.5, value: 0.5123, trouble: "" } });
    expect(text).toContain("rsi");
    expect(text).toContain("+1.23");
    expect(text).toContain("They add up from 50.0%");
    expect(text).toContain("nothing about what moves the market");
  });

  it("says why it is not told, and nothing where nobody asked", () => {
    expect(shown({ explanation: { baseline: null, value: null, trouble: "there was no time left for it; ask again" } })).toContain("Not told: there was no time left");
    expect(shown({})).toBe("");
  });
});
