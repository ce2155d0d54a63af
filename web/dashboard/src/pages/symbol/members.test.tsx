import { render } from "preact";
import { describe, expect, it } from "vitest";

import type { PredictionAnswer } from "../../api/schema";
import { MembersCard } from "./members-card";

function shown(told: Partial<PredictionAnswer>): string {
  const place = document.createElement("div");
  render(<MembersCard answer={told as PredictionAnswer} />, place);
  return place.textContent;
}

describe("who in the model said so", () => {
  it("is told by member, with the score and the return that they make together", () => {
    const members = [
      { name: "gradient_boosting", weight: 0.75, standardised: 1.2, contribution: 0.9, expected_return: 0.0009 },
      { name: "my_models:forest", weight: 0.25, standardised: -0.4, contribution: -0.1, expected_return: -0.0001 },
    ];
    const text = shown({ members });
    expect(text).toContain("gradient boosting75.0%+1.20+0.900");
    expect(text).toContain("forest25.0%");
    expect(text).toContain("a score of +0.800");
    expect(text).toContain("+0.080% of expected return");
  });

  it("is not shown where nobody asked, or where no model answered", () => {
    expect(shown({ members: [] })).toBe("");
    expect(shown({})).toBe("");
  });
});
