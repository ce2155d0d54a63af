import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ProblemError } from "../api/problem";
import { type Column, ConfirmDialog, DataTable, Tabs } from "./parts";
import { type Resource, useResource } from "./resource";
import { Shown } from "./states";

let place: HTMLElement;
beforeEach(() => {
  place = document.createElement("div");
  document.body.append(place);
});
afterEach(() => {
  render(null, place);
  place.remove();
  vi.useRealTimers();
});

/** Do something, and let what was promised come true. */
async function doing(change: () => void): Promise<void> {
  await act(async () => {
    change();
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
    }
  });
}

const text = (): string => place.textContent;

describe("a resource", () => {
  let seen: Resource<string>;
  function Probe({ name, load, everySeconds }: { readonly name: string; readonly load: (name: string, signal: AbortSignal) => Promise<string>; readonly everySeconds?: number }): null {
    seen = useResource((signal) => load(name, signal), [name], everySeconds === undefined ? {} : { everySeconds });
    return null;
  }

  it("is loading, then ready", async () => {
    await doing(() => {
      render(<Probe name="a" load={() => new Promise(() => undefined)} />, place);
    });
    expect(seen.state).toBe("loading");
    await doing(() => {
      render(<Probe name="b" load={(name) => Promise.resolve(name)} />, place);
    });
    expect([seen.state, seen.value, seen.refreshedAt instanceof Date]).toEqual(["ready", "b", true]);
  });

  it("keeps its value where a refresh fails, and tells the failure", async () => {
    const load = vi.fn<() => Promise<string>>().mockResolvedValueOnce("first").mockRejectedValueOnce(new Error("gone"));
    await doing(() => {
      render(<Probe name="a" load={load} />, place);
    });
    await doing(() => {
      seen.reload();
    });
    expect([seen.state, seen.value, seen.failure?.message]).toEqual(["failed", "first", "gone"]);
  });

  it("forgets its value where it is another's, and whoever was asked about that", async () => {
    const signals: AbortSignal[] = [];
    const load = (name: string, signal: AbortSignal): Promise<string> => {
      signals.push(signal);
      return name === "a" ? Promise.resolve("of a") : new Promise(() => undefined);
    };
    await doing(() => {
      render(<Probe name="a" load={load} />, place);
    });
    await doing(() => {
      render(<Probe name="b" load={load} />, place);
    });
    expect([seen.state, seen.value, signals[0]?.aborted]).toEqual(["loading", undefined, true]);
  });

  it("is asked for again every few seconds", async () => {
    vi.useFakeTimers();
    const load = vi.fn<() => Promise<string>>().mockResolvedValue("x");
    await doing(() => {
      render(<Probe name="a" load={load} everySeconds={10} />, place);
    });
    await act(async () => {
      await vi.advanceTimersByTimeAsync(25_000);
    });
    expect(load.mock.calls.length).toBe(3);
  });
});

describe("what is shown of a resource", () => {
  const show = async (resource: Partial<Resource<readonly string[]>>): Promise<void> => {
    const whole = { state: "ready", reload: vi.fn(), ...resource } as Resource<readonly string[]>;
    await doing(() => {
      render(
        <Shown resource={whole} what="models" empty={(value) => value.length === 0}>
          {(value) => <p>{value.join(", ")}</p>}
        </Shown>,
        place,
      );
    });
  };

  it("is that it loads, or that there is none, or the thing itself", async () => {
    await show({ state: "loading" });
    expect(text()).toContain("Loading models");
    await show({ value: [] });
    expect(text()).toContain("There are no models yet");
    await show({ value: ["a", "b"] });
    expect(text()).toBe("a, b");
  });

  it("is why it failed, what to do, and a way to try again", async () => {
    const reload = vi.fn();
    const failure = new ProblemError({ detail: "expected a registry", hint: "start it", request_id: "r-7" }, 503);
    await show({ state: "failed", failure, reload });
    expect(text()).toContain("expected a registry");
    expect(text()).toContain("start it");
    expect(text()).toContain("r-7");
    place.querySelector("button")?.click();
    expect(reload).toHaveBeenCalledOnce();
  });

  it("is the last value beside the failure of a refresh", async () => {
    await show({ state: "failed", failure: new Error("gone"), value: ["a"], refreshedAt: new Date("2019-01-01T10:00:00Z") });
    expect(text()).toContain("as they were at 10:00:00 UTC");
    expect(text()).toContain("gone");
    expect(text()).toContain("Try again");
    expect(text()).toMatch(/a$/);
  });
});

describe("a table", () => {
  interface Row {
    readonly name: string;
    readonly size: number | null;
  }
  const columns: readonly Column<Row>[] = [
    { key: "name", title: "Name", isRowHeader: true, cell: (row) => row.name, sortBy: (row) => row.name },
    { key: "size", title: "Size", numeric: true, cell: (row) => String(row.size), sortBy: (row) => row.size },
  ];
  const rows: readonly Row[] = [
    { name: "b", size: null },
    { name: "a", size: 1 },
    { name: "c", size: 30 },
  ];
  const names = (): string[] => [...place.querySelectorAll("tbody th")].map((cell) => cell.textContent);
  const press = async (number: number): Promise<void> => {
    await doing(() => {
      place.querySelectorAll<HTMLButtonElement>("thead button")[number]?.click();
    });
  };

  it("is sorted by its columns, what is not known last either way", async () => {
    await doing(() => {
      render(<DataTable caption="Things" columns={columns} rows={rows} rowKey={(row) => row.name} />, place);
    });
    expect([place.querySelector("caption")?.textContent, names()]).toEqual(["Things", ["b", "a", "c"]]);
    await press(1);
    expect([names(), place.querySelector("[aria-sort=descending]")?.textContent]).toEqual([["c", "a", "b"], "Size↓"]);
    await press(1);
    expect(names()).toEqual(["a", "c", "b"]);
    await press(0);
    expect(names()).toEqual(["a", "b", "c"]);
  });
});

describe("tabs", () => {
  it("are moved between by arrow keys", async () => {
    const tabs = ["one", "two", "three"].map((id) => ({ id, title: id, content: () => `content of ${id}` }));
    await doing(() => {
      render(<Tabs label="Numbers" tabs={tabs} />, place);
    });
    await doing(() => {
      place.querySelector("[role=tablist]")?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true }));
    });
    expect([place.querySelector("[role=tabpanel]")?.textContent, document.activeElement?.textContent]).toEqual(["content of three", "three"]);
  });
});

describe("a question before something is done", () => {
  it("does it when told to, and shows why it failed", async () => {
    const onConfirm = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error("refused"));
    const onCancel = vi.fn();
    await doing(() => {
      render(
        <ConfirmDialog open title="Promote?" confirmLabel="Promote" onConfirm={onConfirm} onCancel={onCancel}>
          <p>It serves from then on.</p>
        </ConfirmDialog>,
        place,
      );
    });
    await doing(() => {
      place.querySelector("form")?.dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    });
    expect(onConfirm).toHaveBeenCalledOnce();
    expect(text()).toContain("refused");
    place.querySelector<HTMLButtonElement>("button[type=button]:not(.copy)")?.click();
    expect(onCancel).toHaveBeenCalledOnce();
  });
});
