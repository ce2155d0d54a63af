import type { JSX } from "preact";

import type { MemberAnswer, PredictionAnswer } from "../../api/schema";
import { fixed, percent } from "../../format";
import { Card, type Column, DataTable } from "../../shell/parts";

const COLUMNS: readonly Column<MemberAnswer>[] = [
  { key: "name", title: "Member", isRowHeader: true, cell: (member) => familyWords(member.name) },
  { key: "weight", title: "Weight", numeric: true, cell: (member) => percent(member.weight) },
  { key: "standardised", title: "Forecast", numeric: true, cell: (member) => fixed(member.standardised, 2, { signed: true }) },
  { key: "contribution", title: "Part", numeric: true, cell: (member) => fixed(member.contribution, 3, { signed: true }) },
];

/** What each member of the ensemble had to do with its answer; nothing where nobody asked, or no ensemble answered. */
export function MembersCard({ answer }: { readonly answer: PredictionAnswer }): JSX.Element | null {
  const members = answer.members ?? [];
  if (members.length === 0) {
    return null;
  }
  const known = members.filter((member) => Number.isFinite(member.contribution));
  const score = known.reduce((sum, member) => sum + member.contribution, 0);
  const owed = known.reduce((sum, member) => sum + member.expected_return, 0);
  return (
    <Card
      title="Who in the model said so"
      note="A forecast is in units of the member's own past ones, at most 3 either way. Its part is weight times forecast."
    >
      <DataTable caption="Members of the ensemble, the largest part first" isCaptionHidden columns={COLUMNS} rows={known} rowKey={(member) => member.name} />
      <p class="muted">
        Together they make a score of {fixed(score, 3, { signed: true })}, to which {percent(owed, { digits: 3, signed: true })} of expected return is owed; the rest is the market&apos;s
        drift.
      </p>
    </Card>
  );
}

/** The name of a family as people say it: of their own, what stands after the colon. */
function familyWords(name: string): string {
  const [, own] = name.split(/:(.*)/s);
  return own ?? name.replaceAll("_", " ");
}
