/** The colours of charts: a canvas knows no style sheets, so that they are read from the tokens. */

const NAMES = {
  text: "--text-muted",
  strong: "--text",
  grid: "--chart-grid",
  line: "--line-strong",
  surface: "--surface",
  up: "--chart-up",
  down: "--chart-down",
  volume: "--chart-volume",
  fan: "--chart-fan",
  second: "--chart-second",
  third: "--chart-third",
  good: "--good",
  warn: "--warn",
  bad: "--bad",
  neutral: "--neutral",
} as const;

export type ColourName = keyof typeof NAMES;
export type Palette = Readonly<Record<ColourName, string>>;

/** Return the colours of the theme that is shown. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const read = ([name, token]: [string, string]): [string, string] => [name, style.getPropertyValue(token).trim() || "#888888"];
  return Object.fromEntries(Object.entries(NAMES).map(read)) as Palette;
}

/** Return a colour of six hexadecimal digits, so much of it let through. */
export function fade(colour: string, share: number): string {
  const alpha = Math.round(Math.min(1, Math.max(0, share)) * 255);
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}${alpha.toString(16).padStart(2, "0")}` : colour;
}
