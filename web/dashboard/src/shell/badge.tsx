import type { ComponentChildren, JSX } from "preact";

/** What a colour means. It never says anything that the words beside it do not. */
export type Tone = "good" | "warn" | "bad" | "neutral";

interface BadgeProps {
  readonly tone: Tone;
  readonly children: ComponentChildren;
  readonly title?: string;
}

/** A few words with a colour and a sign. */
export function Badge({ tone, children, title }: BadgeProps): JSX.Element {
  return (
    <span class={`badge badge-${tone}`} title={title}>
      <Sign tone={tone} />
      {children}
    </span>
  );
}

const SIGNS: Readonly<Record<Tone, string>> = {
  good: "M3 8.5 6.5 12 13 4.5",
  warn: "M8 3v6M8 12v.5",
  bad: "m4 4 8 8M12 4l-8 8",
  neutral: "M4 8h8",
};

/** The sign of a tone, for those who do not see its colour. */
export function Sign({ tone }: { readonly tone: Tone }): JSX.Element {
  return (
    <svg class="sign" viewBox="0 0 16 16" aria-hidden="true">
      <path d={SIGNS[tone]} />
    </svg>
  );
}
