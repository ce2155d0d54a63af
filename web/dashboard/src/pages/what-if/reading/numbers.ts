/** From texts to numbers, in the one way of writing them that fits the whole file. */

import { ask, done, type Answers, type Stage } from "./refusal";

/** What parts the whole from the fraction. */
export type Style = "point" | "comma";

const FORMS: Readonly<Record<Style, RegExp>> = {
  point: /^[-+]?(?:\d+|\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ '’]\d{3})+)?(?:\.\d*)?(?:[eE][-+]?\d{1,3})?$/,
  comma: /^[-+]?(?:\d+|\d{1,3}(?:\.\d{3})+|\d{1,3}(?:[ '’]\d{3})+)?(?:,\d*)?(?:[eE][-+]?\d{1,3})?$/,
};
const BLANKS = new Set(["", "-", "--", ".", "nan", "null", "none", "na", "n/a", "<na>", "nat"]);
const UNITS: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, b: 1e9 };
const KEY = "numbers";

/** Whether a field says that there is no number. */
export function isBlank(text: string): boolean {
  return BLANKS.has(text.trim().toLowerCase());
}

/** Return a number as a style writes it; NaN where it is none. Volumes may end in K, M or B. */
export function readNumber(text: string, style: Style): number {
  const [bare, unit] = undress(text);
  if (!FORMS[style].test(bare) || !/\d/.test(bare)) {
    return NaN;
  }
  const grouping = style === "point" ? /[, '’]/g : /[. '’]/g;
  return Number(bare.replace(grouping, "").replace(",", ".")) * unit;
}

/**
 * Return the style in which a file writes its numbers. Where both fit and say different things,
 * such as 1,234 or 1.234 all over, it is asked.
 */
export function findStyle(texts: Iterable<string>, answers: Answers): Stage<Style> {
  const chosen = answers[KEY];
  if (chosen === "point" || chosen === "comma") {
    return done(chosen);
  }
  const { nPoint, nComma, doubtful } = weigh(texts);
  if (nPoint !== nComma || doubtful === undefined) {
    return done(nComma > nPoint ? "comma" : "point");
  }
  const [mark, other] = doubtful.includes(",") ? [",", "comma"] : [".", "point"];
  const words = (style: Style): string => `${doubtful} is ${readNumber(doubtful, style).toLocaleString("en-US", { maximumFractionDigits: 10 })}`;
  return ask({
    key: KEY,
    words: `Is the ${other} in the numbers a decimal ${other}?`,
    why: `Every number with “${mark}” has three digits behind it, so that both can be meant.`,
    choices: [
      { value: "point", words: words("point") },
      { value: "comma", words: words("comma") },
    ],
  });
}

interface Weights {
  /** How many numbers each style can read. */
  readonly nPoint: number;
  readonly nComma: number;
  /** One that both can, and differently. */
  readonly doubtful: string | undefined;
}

function weigh(texts: Iterable<string>): Weights {
  let [nPoint, nComma] = [0, 0];
  let doubtful: string | undefined;
  for (const text of texts) {
    const [point, comma] = isBlank(text) ? [NaN, NaN] : [readNumber(text, "point"), readNumber(text, "comma")];
    nPoint += Number(!Number.isNaN(point));
    nComma += Number(!Number.isNaN(comma));
    // NaN differs from everything: what one style cannot read is not doubtful.
    if (Math.abs(point - comma) > 0) doubtful ??= text;
  }
  return { nPoint, nComma, doubtful };
}

function undress(text: string): [string, number] {
  const bare = text.trim().replace(/^([-+]?)[$€£]\s*/, "$1").replace(/\s*[$€£]$/, "").replace(/[\u00a0\u202f]/g, " ");
  const unit = UNITS[bare.slice(-1).toLowerCase()];
  return unit === undefined ? [bare, 1] : [bare.slice(0, -1).trim(), unit];
}
