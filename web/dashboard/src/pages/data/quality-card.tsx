import type { JSX } from "preact";

import type { QualityAnswer, SnapshotAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { count, labelOf, percent } from "../../format";
import { Badge, Card, DataTable, Digest, Figure, Figures, Instant, type Tone } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { GradeBadge } from "./grade-badge";
import { findGaps, tellChange, tellGap, tellGrade } from "./grades";

const MOST_ROWS = 200;
const FRESHNESS: Readonly<Record<string, Tone>> = { fresh: "good", acceptable: "good", stale: "warn", expired: "bad" };

interface QualityCardProps {
  readonly snapshot: SnapshotAnswer;
  readonly isLatest: boolean;
}

/** The quality report of one import, as it was when it was read. */
export function QualityCard({ snapshot, isLatest }: QualityCardProps): JSX.Element {
  const path = `/v1/data/snapshots/${snapshot.digest}/quality`;
  const quality = useResource((signal) => getJson<QualityAnswer>(path, { signal }), [path]);
  return (
    <Card
      title={`Quality of import ${snapshot.number}`}
      note={isLatest ? "The latest: predictions rest on it." : "An older import. Predictions rest on the latest."}
      actions={<GradeBadge grade={snapshot.grade} />}
    >
      <Shown resource={quality} what="the quality report" lines={5}>
        {(found) => (
          <div class="quality">
            <Figures>
              <Figure label="Bars" value={count(snapshot.n_bars)} note={`${count(found.n_read)} rows read`} />
              <Figure label="Quality" value={tellGrade(found.grade).name} note={tellGrade(found.grade).means} tone={tellGrade(found.grade).tone} />
              <Figure label="Refused rows" value={count(found.refusals.length)} note="did not become bars" tone={found.refusals.length > 0 ? "warn" : "neutral"} />
              <Figure label="Missing sessions" value={count(found.missing.length)} note={`by the calendar ${found.calendar}`} tone={found.missing.length > 0 ? "warn" : "neutral"} />
            </Figures>
            <Provenance snapshot={snapshot} quality={found} />
            <Findings quality={found} />
            <Gaps missing={found.missing} />
            <Refusals quality={found} />
            <Coverage quality={found} />
          </div>
        )}
      </Shown>
    </Card>
  );
}

function Provenance({ snapshot, quality }: { readonly snapshot: SnapshotAnswer; readonly quality: QualityAnswer }): JSX.Element {
  return (
    <dl class="facts">
      <dt>From</dt>
      <dd>
        {snapshot.source}, imported <Instant at={snapshot.imported_at} />
      </dd>
      <dt>Span</dt>
      <dd>
        <Instant at={snapshot.first_closed_at} as="day" /> to <Instant at={snapshot.last_closed_at} as="day" />
        {quality.freshness !== null && (
          <>
            {" "}
            <Badge tone={FRESHNESS[quality.freshness] ?? "neutral"}>{labelOf(quality.freshness)} when imported</Badge>
          </>
        )}
      </dd>
      <dt>Sessions</dt>
      <dd>{snapshot.calendar}</dd>
      <dt>Change</dt>
      <dd>{tellChange(snapshot.change)}</dd>
      <dt>Digest</dt>
      <dd>
        <Digest digest={snapshot.digest} />
      </dd>
      <dt>Digest of the file</dt>
      <dd>
        <Digest digest={snapshot.source_digest} what="digest of the file" />
      </dd>
    </dl>
  );
}

function Findings({ quality }: { readonly quality: QualityAnswer }): JSX.Element {
  return (
    <section aria-label="Findings">
      <h3>Findings</h3>
      {quality.findings.length === 0 ? (
        <p class="muted">No check found anything.</p>
      ) : (
        <DataTable
          caption="What a reader of these bars should know"
          isCaptionHidden
          rows={quality.findings}
          rowKey={(one) => `${one.code} ${one.where} ${one.what}`}
          columns={[
            { key: "code", title: "Check", isRowHeader: true, cell: (one) => labelOf(one.code.replaceAll("-", " ")) },
            { key: "severity", title: "Severity", cell: (one) => labelOf(one.severity) },
            { key: "where", title: "Where", cell: (one) => one.where },
            { key: "what", title: "What", cell: (one) => one.what },
          ]}
        />
      )}
    </section>
  );
}

function Gaps({ missing }: { readonly missing: readonly string[] }): JSX.Element | null {
  const gaps = findGaps(missing);
  if (gaps.length === 0) {
    return null;
  }
  return (
    <section aria-label="Gaps">
      <h3>Gaps</h3>
      <p class="muted">Sessions of the calendar without a bar.</p>
      <ul class="gaps">
        {gaps.slice(-MOST_ROWS).map((gap) => (
          <li key={gap.from}>
            {tellGap(gap)} <span class="muted">({count(gap.n)})</span>
          </li>
        ))}
      </ul>
      {gaps.length > MOST_ROWS && <p class="muted small">The latest {count(MOST_ROWS)} of {count(gaps.length)}.</p>}
    </section>
  );
}

function Refusals({ quality }: { readonly quality: QualityAnswer }): JSX.Element | null {
  const { refusals } = quality;
  if (refusals.length === 0) {
    return null;
  }
  return (
    <section aria-label="Refused rows">
      <h3>Refused rows</h3>
      <DataTable
        caption={refusals.length > MOST_ROWS ? `The first ${count(MOST_ROWS)} of ${count(refusals.length)} rows that did not become bars` : "Rows that did not become bars"}
        rows={refusals.slice(0, MOST_ROWS)}
        rowKey={(one) => `${one.line} ${one.reason}`}
        columns={[
          { key: "line", title: "Line", isRowHeader: true, cell: (one) => count(one.line) },
          { key: "reason", title: "Why", cell: (one) => one.reason },
          { key: "text", title: "As it stands in the file", cell: (one) => <code>{one.text}</code> },
        ]}
      />
    </section>
  );
}

function Coverage({ quality }: { readonly quality: QualityAnswer }): JSX.Element {
  const kinds = Object.entries(quality.market_coverage);
  return (
    <section aria-label="What the bars cover">
      <h3>What the bars cover</h3>
      {kinds.length > 0 && <p>{kinds.map(([kind, share]) => `${labelOf(kind)} market ${percent(share, { digits: 0 })}`).join(", ")}.</p>}
      <p class="muted">{quality.survivorship}</p>
    </section>
  );
}
