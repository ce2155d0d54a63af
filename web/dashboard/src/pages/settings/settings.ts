/** Settings in groups, found by a word, and their values as a person writes them. */

import { factsOf, textOf } from "../../api/reading";
import type { SettingAnswer } from "../../api/schema";
import { DASH } from "../../format";

/** Settings that belong together. */
export interface SettingGroup {
  readonly title: string;
  readonly settings: readonly SettingAnswer[];
}

const STARS = "********";

/** The first pattern that fits a name says where it belongs; what none fits comes last. */
const GROUPS: readonly (readonly [title: string, names: RegExp])[] = [
  ["Alerts", /^alert_/],
  ["Watching and retraining", /^(monitor_|drift_|retrain)/],
  ["Promotion", /^(promotion_|information_coefficient)/],
  ["Who may ask", /^(access$|requests_|cors_|signatures_|serve_names$)/],
  ["Limits of the service", /^(most_|time_budget|inference_memory|drain_|grace_)/],
  ["Service", /^(serve_|dashboard_|models_required$|log_|access_log$)/],
  ["Forecasts", /^(horizon_bars|cost_bps|models_|model_|confidence_|low_confidence|calendar)/],
  ["Home and database", /^(home|database|market_data|workers)/],
];
const ORDER = [
  "Home and database",
  "Forecasts",
  "Promotion",
  "Watching and retraining",
  "Alerts",
  "Service",
  "Who may ask",
  "Limits of the service",
  "Others",
] as const;
const ORIGINS: Readonly<Record<SettingAnswer["origin"], string>> = {
  default: "default",
  file: "file",
  environment: "environment",
  argument: "command line",
};

/** Return the settings in groups, in the order of the documentation within each. */
export function groupSettings(settings: readonly SettingAnswer[]): SettingGroup[] {
  const groups = new Map<string, SettingAnswer[]>(ORDER.map((title) => [title, []]));
  for (const setting of settings) {
    groups.get(titleOf(setting.name))?.push(setting);
  }
  return [...groups].filter(([, found]) => found.length > 0).map(([title, found]) => ({ title, settings: found }));
}

/** Return the settings in which every word is found: in name, meaning, value or place. */
export function findSettings(settings: readonly SettingAnswer[], wanted: string, onlyChanged: boolean): readonly SettingAnswer[] {
  const words = wanted.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return settings.filter((setting) => {
    const text = [setting.name, setting.name.replaceAll("_", " "), setting.meaning, tellValue(setting), setting.place ?? ""].join("\n").toLowerCase();
    return (!onlyChanged || setting.origin !== "default") && words.every((word) => text.includes(word));
  });
}

/** A value as it is shown. Of a secret, whether it is set. */
export function tellValue(setting: SettingAnswer): string {
  return setting.is_secret ? tellSecret(setting.value) : tellPlain(setting.value);
}

/** A default as it is shown; that of a secret is nobody's business, and there is none. */
export function tellDefault(setting: SettingAnswer): string {
  return setting.is_secret ? "not set" : tellPlain(setting.default);
}

/** Where a value came from, with the name of the variable or the file. */
export function tellOrigin(setting: SettingAnswer): string {
  return ORIGINS[setting.origin];
}

/** What a value may be. */
export function tellLimits(setting: SettingAnswer): string {
  if (setting.choices !== null) {
    return `one of ${setting.choices.join(", ")}`;
  }
  const bounds = [
    ["at least", setting.at_least],
    ["above", setting.above],
    ["at most", setting.at_most],
    ["below", setting.below],
  ] as const;
  const told = bounds.flatMap(([words, bound]) => (bound === null ? [] : [`${words} ${writeNumber(bound)}`]));
  return told.length > 0 ? told.join(", ") : (KINDS[setting.kind] ?? DASH);
}

const KINDS: Readonly<Record<string, string>> = { switch: "on or off", list: "a list", table: "names with their values", path: "a folder" };

function titleOf(name: string): string {
  return GROUPS.find(([, names]) => names.test(name))?.[0] ?? "Others";
}

function tellSecret(value: unknown): string {
  if (value === null || value === undefined) {
    return "not set";
  }
  if (typeof value === "object") {
    const names = Object.keys(value);
    return names.length === 0 ? "none" : names.map((name) => `${name}: ${STARS}`).join(", ");
  }
  return `${STARS} (set)`;
}

function tellPlain(value: unknown): string {
  switch (typeof value) {
    case "boolean":
      return value ? "on" : "off";
    case "number":
      return writeNumber(value);
    case "string":
      return value === "" ? "empty" : value;
    default:
      return tellMany(value);
  }
}

function tellMany(value: unknown): string {
  if (value === null || value === undefined) {
    return "not set";
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? "none" : value.map(tellPlain).join(", ");
  }
  const pairs = Object.entries(factsOf(value)).map(([name, one]) => `${name}: ${textOf(one) || tellPlain(one)}`);
  return pairs.length === 0 ? "none" : pairs.join(", ");
}

/** A number as it is written into a settings file: digits that are copied must be whole. */
function writeNumber(value: number): string {
  return String(value);
}
