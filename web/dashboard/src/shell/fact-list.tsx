import type { JSX } from "preact";

import { tellFacts } from "../format";
import "./lists.css";

/** Evidence as the service keeps it, fact by fact; nothing where there is none that can be told. */
export function FactList({ facts }: { readonly facts: Readonly<Record<string, unknown>> }): JSX.Element | null {
  const told = tellFacts(facts);
  return told.length === 0 ? null : (
    <dl class="facts">
      {told.map((fact) => (
        <div class="fact" key={fact.name}>
          <dt>{fact.label}</dt>
          <dd>{fact.text}</dd>
        </div>
      ))}
    </dl>
  );
}
