import type { JSX } from "preact";

import type { Grade } from "../../api/schema";
import { Badge } from "../../shell/parts";
import { tellGrade } from "./grades";

/** How far bars can be relied upon. */
export function GradeBadge({ grade }: { readonly grade: Grade }): JSX.Element {
  const told = tellGrade(grade);
  return (
    <Badge tone={told.tone} title={told.means}>
      {told.name}
    </Badge>
  );
}
