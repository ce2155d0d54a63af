import type { JSX } from "preact";

import type { Paged } from "./paging";
import { Failure } from "./states";
import "./lists.css";

/** The button below a list that asks for its next page. */
export function More<Item>({ paged, what }: { readonly paged: Paged<Item>; readonly what: string }): JSX.Element | null {
  if (!paged.hasMore) {
    return null;
  }
  return (
    <div class="more">
      {paged.failure !== undefined && <Failure failure={paged.failure} what={what} />}
      <button type="button" class="button" disabled={paged.isAsking} onClick={paged.more}>
        {paged.isAsking ? "Loading…" : `Show more ${what}`}
      </button>
    </div>
  );
}
