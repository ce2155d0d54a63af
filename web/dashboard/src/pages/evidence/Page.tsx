import "./evidence.css";

import type { JSX } from "preact";

import { replaceQuery, type Route } from "../../app/router";
import { PageHeader, Tabs } from "../../shell/parts";
import { GateError } from "./gate-error";
import { LedgerView } from "./ledger-view";
import { Planner } from "./planner";

/** What can be found out at all, how often the gate errs, and what was tried. */
export default function Page({ route }: { readonly route: Route }): JSX.Element {
  const choose = (view: string): void => {
    const query = new URLSearchParams(route.query);
    query.delete("view");
    replaceQuery(route, { ...Object.fromEntries(query), ...(view === "plan" ? {} : { view }) });
  };
  return (
    <>
      <PageHeader title="Evidence" lead="What these bars can show, how often the gate is wrong, and everything that was tried." />
      <Tabs
        label="Kinds of evidence"
        first={route.query.get("view") ?? "plan"}
        onChoose={choose}
        tabs={[
          { id: "plan", title: "Planner", content: () => <Planner route={route} /> },
          { id: "gate", title: "The gate's own error", content: () => <GateError /> },
          { id: "ledger", title: "Trial ledger", content: () => <LedgerView /> },
        ]}
      />
    </>
  );
}
