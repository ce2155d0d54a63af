/** The colours of charts: a canvas knows no style sheets, so that they are read from what is shown. */

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
  const read = ([name, token]: [string, string]): [string, string] => {
    // A token itself reads as it is written, both its colours; what is drawn with it has one. Another
    // element for each: colours of one would pass into each other, and be read on their way.
    const probe = document.createElement("i");
    probe.style.color = `var(${token})`;
    document.body.append(probe);
    const colour = toHex(getComputedStyle(probe).color);
    probe.remove();
    return [name, colour];
  };
  return Object.fromEntries(Object.entries(NAMES).map(read)) as Palette;
}

/** Return a colour as a browser computes it in six hexadecimal digits; grey where it is none. */
export function toHex(computed: string): string {
  const parts = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(computed)?.slice(1);
  return parts === undefined ? "#888888" : `#${parts.map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;
}

/** Return a colour of six hexadecimal digits, so much of it let through. */
export function fade(colour: string, share: number): string {
  const alpha = Math.round(Math.min(1, Math.max(0, share)) * 255);
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}${alpha.toString(16).padStart(2, "0")}` : colour;
}
