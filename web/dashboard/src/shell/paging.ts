/** Lists that come page by page: the first is kept up to date, the others are asked for. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import { type Resource, type ResourceOptions, useResource } from "./resource";

/** One page of a list, and where the next begins. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** A list as far as it was asked for. */
export interface Paged<Item> {
  /** The first page, with what was asked for behind it. */
  readonly resource: Resource<readonly Item[]>;
  readonly hasMore: boolean;
  readonly isAsking: boolean;
  readonly failure: Error | undefined;
  readonly more: () => void;
}

interface Behind<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** Ask for a list, page by page; a refreshed first page may move items over the border, so each is shown once. */
export function usePages<Item>(
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage<Item>>,
  keyOf: (item: Item) => string,
  dependencies: readonly unknown[],
  options: ResourceOptions = {},
): Paged<Item> {
  const first = useResource((signal) => load(undefined, signal), dependencies, options);
  const [behind, setBehind] = useState<Behind<Item>>();
  const [asking, setAsking] = useState<{ isAsking: boolean; failure?: Error }>({ isAsking: false });
  const controller = useRef<AbortController>(undefined);
  useEffect(() => {
    setBehind(undefined);
    setAsking({ isAsking: false });
    return () => controller.current?.abort();
  }, dependencies);
  const next = behind === undefined ? (first.value?.next ?? null) : behind.next;
  const more = useCallback(() => {
    if (next === null) {
      return;
    }
    controller.current?.abort();
    const own = new AbortController();
    controller.current = own;
    setAsking({ isAsking: true });
    load(next, own.signal).then(
      (page) => {
        if (!own.signal.aborted) {
          setBehind((before) => ({ items: [...(before?.items ?? []), ...page.items], next: page.next }));
          setAsking({ isAsking: false });
        }
      },
      (error: unknown) => {
        if (!own.signal.aborted) {
          setAsking({ isAsking: false, failure: error instanceof Error ? error : new Error(String(error)) });
        }
      },
    );
  }, [next, ...dependencies]);
  const { value, ...rest } = first;
  const items = value === undefined ? {} : { value: joinPages(value.items, behind?.items ?? [], keyOf) };
  return { resource: { ...rest, ...items }, hasMore: next !== null, more, isAsking: asking.isAsking, failure: asking.failure };
}

/** Return two pages as one list in which everything stands once, as the first has it. */
export function joinPages<Item>(first: readonly Item[], behind: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  const known = new Set(first.map(keyOf));
  return [...first, ...behind.filter((item) => !known.has(keyOf(item)))];
}
