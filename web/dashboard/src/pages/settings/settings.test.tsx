import { afterEach, describe, expect, it, vi } from "vitest";

import { mount, problem, serve } from "../../../tests/fake-service";
import type { SettingAnswer } from "../../api/schema";
import { readRoute } from "../../app/router";
import Page from "./Page";
import { findSettings, groupSettings, tellDefault, tellLimits, tellValue } from "./settings";

function setting(name: string, changes: Partial<SettingAnswer> = {}): SettingAnswer {
  return {
    name,
    value: 1,
    default: 1,
    origin: "default",
    place: null,
    meaning: "what it means",
    kind: "number",
    is_secret: false,
    choices: null,
    at_least: null,
    at_most: null,
    above: null,
    below: null,
    ...changes,
  };
}

const SECRET = setting("alert_receivers", { value: { desk: "********" }, kind: "table", is_secret: true, origin: "environment", place: "BELLWETHER_ALERT_RECEIVERS" });

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("settings", () => {
  it("stand in groups, and one that nobody knows stands last", () => {
    const groups = groupSettings([setting("brand_new"), setting("home"), setting("alert_cooling_hours"), setting("database")]);
    expect(groups.map((group) => [group.title, group.settings.map((one) => one.name)])).toEqual([
      ["Home and database", ["home", "database"]],
      ["Alerts", ["alert_cooling_hours"]],
      ["Others", ["brand_new"]],
    ]);
  });

  it("tell values as a person writes them, and never a secret", () => {
    const tell = (value: unknown, changes: Partial<SettingAnswer> = {}): string => tellValue(setting("x", { value, ...changes }));
    expect([tell(true), tell(0.05), tell(null), tell(""), tell(["a", "b"]), tell([]), tell({ a: 1 })]).toEqual(["on", "0.05", "not set", "empty", "a, b", "none", "a: 1"]);
    expect(tellValue(SECRET)).toBe("desk: ********");
    expect([tell("********", { is_secret: true }), tell(null, { is_secret: true }), tell("leaked", { is_secret: true }), tell({ desk: "leaked" }, { is_secret: true })]).toEqual([
      "******** (set)",
      "not set",
      "******** (set)",
      "desk: ********",
    ]);
    expect(tellDefault(SECRET)).toBe("not set");
  });

  it("tell what a value may be", () => {
    expect(tellLimits(setting("x", { at_least: 0, below: 1 }))).toBe("at least 0, below 1");
    expect(tellLimits(setting("x", { choices: ["a", "b"] }))).toBe("one of a, b");
    expect(tellLimits(setting("x", { kind: "switch" }))).toBe("on or off");
    expect(tellLimits(setting("x", { kind: "text" }))).toBe("–");
  });

  it("are found by every word, in name, meaning, value or place", () => {
    const all = [setting("drift_red_bars", { meaning: "bars between two false alarms", value: 1260 }), SECRET];
    const names = (wanted: string, changed = false): string[] => findSettings(all, wanted, changed).map((one) => one.name);
    expect(names("")).toHaveLength(2);
    expect(names("red FALSE")).toEqual(["drift_red_bars"]);
    expect(names("drift red bars")).toEqual(["drift_red_bars"]);
    expect(names("1260")).toEqual(["drift_red_bars"]);
    expect(names("bellwether_alert")).toEqual(["alert_receivers"]);
    expect(names("", true)).toEqual(["alert_receivers"]);
    expect(names("nothing")).toEqual([]);
  });

  it("are shown with a table a group, and what was changed", async () => {
    serve({ "GET /v1/settings": () => ({ settings: [setting("horizon_bars", { at_least: 1 }), SECRET] }) });
    const page = await mount(<Page route={readRoute("#/settings?changed=1")} />);
    expect(page.text()).toContain("1 of 2 settings");
    expect(page.text()).toContain("BELLWETHER_ALERT_RECEIVERS");
    expect(page.place.querySelector("caption")?.textContent).toBe("Settings: alerts");
    await page.leave();
  });

  it("say who may not see them", async () => {
    serve({ "GET /v1/settings": () => problem(403, "Key lacks the scope", { hint: "ask for one that may operate" }) });
    const page = await mount(<Page route={readRoute("#/settings")} />);
    expect(page.text()).toContain("ask for one that may operate");
    await page.leave();
  });
});
