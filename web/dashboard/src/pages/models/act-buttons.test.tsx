import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { PromoteButton, RollbackButton } from "./act-buttons";
import { marketsOf } from "./acts";
import { buildModel } from "./building";

let place: HTMLElement;
let asked: { path: string; body: unknown }[];
let answer: { status: number; body: unknown };

beforeEach(() => {
  place = document.createElement("div");
  document.body.append(place);
  asked = [];
  vi.stubGlobal("fetch", (path: string, request: RequestInit) => {
    asked.push({ path, body: JSON.parse(request.body as string) });
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }));
  });
});
afterEach(() => {
  render(null, place);
  place.remove();
  vi.unstubAllGlobals();
});

async function doing(change: () => void): Promise<void> {
  await act(async () => {
    change();
    await new Promise((resolve) => setTimeout(resolve, 5));
  });
}

function press(words: string): Promise<void> {
  return doing(() => {
    [...place.querySelectorAll("button")].filter((button) => button.textContent === words).at(-1)?.click();
  });
}

const champion = buildModel({ model_id: "edge-ensemble-0", stage: "champion" });

describe("promotion", () => {
  it("is done after it was confirmed, with the reason that was given", async () => {
    const model = buildModel();
    const done = vi.fn();
    answer = { status: 200, body: { ...model, stage: "champion" } };
    await doing(() => {
      render(<PromoteButton model={model} market={marketsOf([champion, model])[0]} onDone={done} />, place);
    });
    await press("Promote");
    expect(asked).toEqual([]);
    expect(place.querySelector("dialog")?.textContent).toContain("becomes the previous one");
    await doing(() => {
      const input = place.querySelector("input")!;
      input.value = "it passed";
      input.dispatchEvent(new Event("input", { bubbles: true }));
    });
    await doing(() => {
      place.querySelector("form")!.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    });
    expect(asked).toEqual([{ path: "/v1/models/edge-ridge-1/promote", body: { reason: "it passed" } }]);
    expect(done).toHaveBeenCalledWith("edge-ridge-1 is champion of edge, 1-day bars, the next bar now.");
    expect(place.querySelector("dialog")).toBeNull();
  });

  it("is not to be had without a verdict that allows it, and says why", async () => {
    await doing(() => {
      render(<PromoteButton model={buildModel({ decision: "REFUSE" })} market={undefined} onDone={vi.fn()} />, place);
    });
    const button = place.querySelector("button")!;
    expect(button.disabled).toBe(true);
    expect(place.querySelector(`[id="${button.getAttribute("aria-describedby") ?? ""}"]`)?.textContent).toContain("verdict is REFUSE");
  });

  it("shows the problem, and stays open, where the service refuses", async () => {
    const done = vi.fn();
    answer = { status: 409, body: { title: "No", detail: "its verdict is on other bars", hint: "let the gate judge it", status: 409 } };
    await doing(() => {
      render(<PromoteButton model={buildModel()} market={undefined} onDone={done} />, place);
    });
    await press("Promote");
    await doing(() => {
      place.querySelector("form")!.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    });
    expect(place.querySelector("[role=alert]")?.textContent).toContain("its verdict is on other bars");
    expect(place.querySelector("[role=alert]")?.textContent).toContain("let the gate judge it");
    expect(done).not.toHaveBeenCalled();
  });
});

describe("a rollback", () => {
  it("names its market, whatever letters that has", async () => {
    const market = marketsOf([buildModel({ stage: "champion", universe: "a/b c", horizon_bars: 5 })])[0]!;
    const done = vi.fn();
    answer = { status: 200, body: { universe: "a/b c", interval: "1d", horizon_bars: 5, retired: "edge-ridge-1", champion: null } };
    await doing(() => {
      render(<RollbackButton market={market} onDone={done} />, place);
    });
    await press("Roll back");
    await doing(() => {
      place.querySelector("form")!.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    });
    expect(asked).toEqual([{ path: "/v1/markets/a%2Fb%20c/rollback", body: { interval: "1d", horizon_bars: 5 } }]);
    expect(done).toHaveBeenCalledWith("edge-ridge-1 is retired. The rules answer now.");
  });

  it("is not offered where nobody serves", async () => {
    await doing(() => {
      render(<RollbackButton market={marketsOf([buildModel()])[0]!} onDone={vi.fn()} />, place);
    });
    expect(place.querySelector("button")).toBeNull();
  });
});
