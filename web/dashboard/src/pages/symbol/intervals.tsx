import type { JSX } from "preact";

import { getJson } from "../../api/service";
import type { SnapshotsAnswer } from "../../api/schema";
import { hrefOf } from "../../app/router";
import { useResource } from "../../shell/resource";

const MOST = 1000;

/** Choose between the bar lengths that are stored of a market; nothing where there is one. */
export function Intervals({ symbol, chosen }: { readonly symbol: string; readonly chosen: string }): JSX.Element | null {
  const found = useResource(
    async (signal) => {
      const page = await getJson<SnapshotsAnswer>("/v1/data/snapshots", { query: { symbol, limit: MOST }, signal });
      return [...new Set(page.snapshots.map((one) => one.interval))];
    },
    [symbol],
  );
  const intervals = found.value ?? [];
  if (intervals.length < 2) {
    return null;
  }
  return (
    <nav class="switch" aria-label="Length of bars">
      {intervals.map((interval) => (
        <a key={interval} href={hrefOf("symbol", [symbol], { interval })} {...(interval === chosen ? { "aria-current": "true" as const } : {})}>
          {interval}
        </a>
      ))}
    </nav>
  );
}
