import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { LedgerAnswer, LedgerCheckAnswer, TrialAnswer, TrialFamilyAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { Badge, Card, DataTable, Digest, Instant, Notice } from "../../shell/parts";
import { More } from "../../shell/more";
import { usePages } from "../../shell/paging";
import { useResource } from "../../shell/resource";
import { Failure, Shown } from "../../shell/states";
import { digestsOf, isHead, KINDS, nameFamily, nameKind, tellChain, tellCheck, tellFamily, tellNext } from "./ledger";
import { writeLevel } from "./plan";

const A_PAGE = 50;

/** Who tried what on which bars, and whether that holds. */
export function LedgerView(): JSX.Element {
  const ledger = useResource((signal) => getJson<LedgerAnswer>("/v1/ledger", { query: { limit: 1 }, signal }), []);
  return (
    <Shown
      resource={ledger}
      what="the trial ledger"
      empty={(value) => value.chain.is_sound && value.n_entries === 0}
      emptyText={
        <>
          <p>Nothing was tried yet.</p>
          <p>
            The first training writes the first entries: <code>bellwether train bars.csv</code>
          </p>
        </>
      }
    >
      {(answer) => (
        <div class="stack">
          <ChainCard answer={answer} />
          {answer.families.map((family) => (
            <FamilyCard key={family.family} family={family} level={answer.level} />
          ))}
          {answer.chain.is_sound && <Entries />}
        </div>
      )}
    </Shown>
  );
}

function ChainCard({ answer }: { readonly answer: LedgerAnswer }): JSX.Element {
  const told = tellChain(answer);
  return (
    <Card
      title="Whether it holds"
      note="Every fit, tuning trial, seed, feature edit and look at a result is an entry, written by training itself. The more was tried, the stricter the next verdict."
      actions={<Badge tone={told.tone}>{told.badge}</Badge>}
    >
      <p>{told.words}</p>
      {answer.chain.remedy !== null && <p class="muted">What to do: {answer.chain.remedy}</p>}
      {answer.head !== null && (
        <p class="row ledger-head">
          <span>Head, worth keeping elsewhere:</span>
          <code>{answer.head}</code>
        </p>
      )}
      <Check />
    </Card>
  );
}

function Check(): JSX.Element {
  const [head, setHead] = useState("");
  const [state, setState] = useState<{ isBusy: boolean; check?: LedgerCheckAnswer; failure?: Error }>({ isBusy: false });
  const wanted = head.trim();
  const isUsable = wanted === "" || isHead(wanted);
  const run = async (): Promise<void> => {
    setState({ isBusy: true });
    try {
      const query = wanted === "" ? {} : { head: wanted };
      setState({ isBusy: false, check: await getJson<LedgerCheckAnswer>("/v1/ledger/check", { query }) });
    } catch (error) {
      setState({ isBusy: false, failure: error instanceof Error ? error : new Error(String(error)) });
    }
  };
  return (
    <form
      class="ledger-check"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <label class="field">
        A head noted down earlier (optional: it notices a ledger put back whole)
        <input
          type="text"
          value={head}
          placeholder="number:digest"
          spellcheck={false}
          aria-invalid={!isUsable}
          onInput={(event) => {
            setHead(event.currentTarget.value);
          }}
        />
      </label>
      <button type="submit" class="button" disabled={state.isBusy || !isUsable}>
        {state.isBusy ? "Checking…" : "Check all it has led to"}
      </button>
      <div role="status" class="ledger-result">
        {!isUsable && <span class="text-bad small">A head is a number, a colon and 64 hexadecimal digits.</span>}
        {state.check !== undefined && <CheckResult check={state.check} />}
      </div>
      {state.failure !== undefined && <Failure failure={state.failure} what="the check" />}
    </form>
  );
}

function CheckResult({ check }: { readonly check: LedgerCheckAnswer }): JSX.Element {
  const told = tellCheck(check);
  return (
    <Notice tone={told.tone} title={told.title}>
      {told.words.map((words) => (
        <p key={words}>{words}</p>
      ))}
      {check.findings.map((finding) => (
        <p key={finding.what}>
          <strong>{finding.fault}:</strong> {finding.what} What to do: {finding.remedy}
        </p>
      ))}
    </Notice>
  );
}

function FamilyCard({ family, level }: { readonly family: TrialFamilyAnswer; readonly level: number }): JSX.Element {
  return (
    <Card title={nameFamily(family)} note={family.symbols.join(", ")}>
      <p>{tellFamily(family)}</p>
      <p class="muted">{tellNext(family, level)}</p>
      {family.pipelines.length > 0 && (
        <details class="ledger-pipelines">
          <summary>Pipelines looked at</summary>
          <DataTable
            caption={`Pipelines looked at on ${nameFamily(family)}`}
            isCaptionHidden
            rows={family.pipelines}
            rowKey={(one) => one.pipeline}
            columns={[
              { key: "pipeline", title: "Pipeline", isRowHeader: true, cell: (one) => <Digest digest={one.pipeline} what="pipeline" /> },
              { key: "note", title: "What it was", cell: (one) => one.note },
              { key: "first", title: "First look", cell: (one) => <Instant at={one.first_look_at} /> },
              { key: "last", title: "Last look", cell: (one) => <Instant at={one.last_look_at} /> },
              { key: "looks", title: "Looks", numeric: true, cell: (one) => one.n_looks },
              { key: "alpha", title: "Next look at", numeric: true, cell: (one) => writeLevel(one.alpha_for_its_next_look) },
            ]}
          />
        </details>
      )}
    </Card>
  );
}

function Entries(): JSX.Element {
  const [kind, setKind] = useState("");
  const paged = usePages<TrialAnswer>(
    async (cursor, signal) => {
      const query = { limit: A_PAGE, kind, cursor };
      const answer = await getJson<LedgerAnswer>("/v1/ledger", { query, signal });
      return { items: answer.trials, next: answer.next_cursor === null ? null : String(answer.next_cursor) };
    },
    (trial) => String(trial.number),
    [kind],
  );
  return (
    <Card
      title="Entries"
      note="The latest first."
      actions={
        <label class="field">
          Kind
          <select
            value={kind}
            onChange={(event) => {
              setKind(event.currentTarget.value);
            }}
          >
            <option value="">every kind</option>
            {Object.entries(KINDS).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Shown resource={paged.resource} what="entries" empty={(trials) => trials.length === 0} emptyText={<p>No entry is of that kind.</p>}>
        {(trials) => (
          <>
            <Trials trials={trials} />
            <More paged={paged} what="entries" />
          </>
        )}
      </Shown>
    </Card>
  );
}

function Trials({ trials }: { readonly trials: readonly TrialAnswer[] }): JSX.Element {
  return (
    <DataTable
      caption="Entries of the ledger, the latest first"
      isCaptionHidden
      rows={trials}
      rowKey={(trial) => String(trial.number)}
      columns={[
        { key: "number", title: "Number", isRowHeader: true, cell: (trial) => trial.number },
        { key: "at", title: "At", cell: (trial) => <Instant at={trial.recorded_at} /> },
        { key: "kind", title: "Kind", cell: (trial) => nameKind(trial.kind) },
        { key: "note", title: "What it was", cell: (trial) => trial.note },
        { key: "pipeline", title: "Pipeline", cell: (trial) => <Digest digest={trial.pipeline} what="pipeline" /> },
        {
          key: "digests",
          title: "Made from",
          cell: (trial) => (
            <span class="small muted" title={digestsOf(trial).map((pair) => pair.join(" ")).join("\n")}>
              {digestsOf(trial).map(([name, digest]) => `${name} ${digest.slice(0, 8)}`).join(", ")}
            </span>
          ),
        },
      ]}
    />
  );
}
