import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

import { Sign, type Tone } from "./badge";

interface PageHeaderProps {
  readonly title: ComponentChildren;
  /** One sentence: what the page answers. */
  readonly lead?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** The head of a page: its only h1, a sentence, and what can be done. */
export function PageHeader({ title, lead, children }: PageHeaderProps): JSX.Element {
  return (
    <header class="page-header">
      <div class="page-words">
        <h1 tabIndex={-1}>{title}</h1>
        {lead !== undefined && <p class="lead">{lead}</p>}
      </div>
      {children !== undefined && <div class="page-actions">{children}</div>}
    </header>
  );
}

interface CardProps {
  readonly title?: ComponentChildren;
  /** A sentence below the title. */
  readonly note?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A surface with a heading of its own. */
export function Card({ title, note, actions, class: extra, children }: CardProps): JSX.Element {
  const id = useId();
  const labelled = title === undefined ? {} : { "aria-labelledby": id };
  return (
    <section class={extra === undefined ? "card" : `card ${extra}`} {...labelled}>
      {(title !== undefined || actions !== undefined) && (
        <div class="card-head">
          <div>
            {title !== undefined && <h2 id={id}>{title}</h2>}
            {note !== undefined && <p class="muted">{note}</p>}
          </div>
          {actions !== undefined && <div class="card-actions">{actions}</div>}
        </div>
      )}
      {children}
    </section>
  );
}

interface FigureProps {
  readonly label: ComponentChildren;
  readonly value: ComponentChildren;
  readonly note?: ComponentChildren;
  readonly tone?: Tone;
}

/** One number that matters, with its name and what it rests on. Stands within `Figures`. */
export function Figure({ label, value, note, tone = "neutral" }: FigureProps): JSX.Element {
  return (
    <div class={`figure figure-${tone}`}>
      <dt>{label}</dt>
      <dd class="figure-value">{value}</dd>
      {note !== undefined && <dd class="figure-note">{note}</dd>}
    </div>
  );
}

/** Numbers beside each other. */
export function Figures({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <dl class="figures">{children}</dl>;
}

interface NoticeProps {
  readonly tone: Tone;
  readonly title?: ComponentChildren;
  /** Whether a screen reader is told of it as it appears, and how urgently. */
  readonly live?: "polite" | "assertive";
  readonly children?: ComponentChildren;
}

/** Something a reader should know before the rest. */
export function Notice({ tone, title, live, children }: NoticeProps): JSX.Element {
  const role = live === undefined ? {} : { role: live === "assertive" ? ("alert" as const) : ("status" as const) };
  return (
    <div class={`notice notice-${tone}`} {...role}>
      <Sign tone={tone} />
      <div class="notice-words">
        {title !== undefined && <p class="notice-title">{title}</p>}
        {children}
      </div>
    </div>
  );
}
