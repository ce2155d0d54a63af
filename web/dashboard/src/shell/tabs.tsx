import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

/** One of several views at the same place. */
export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly content: () => ComponentChildren;
}

interface TabsProps {
  /** What is chosen between, for screen readers. */
  readonly label: string;
  readonly tabs: readonly Tab[];
  /** Which is shown first, such as the one that the address names. */
  readonly first?: string;
  /** Told which was chosen. */
  readonly onChoose?: (id: string) => void;
}

/** Views at the same place, moved between by arrow keys. */
export function Tabs({ label, tabs, first, onChoose }: TabsProps): JSX.Element {
  const id = useId();
  const [chosen, setChosen] = useState(first ?? tabs[0]?.id);
  const buttons = useRef<HTMLDivElement>(null);
  const at = Math.max(0, tabs.findIndex((tab) => tab.id === chosen));
  const shown = tabs[at];
  // The address may name another one while this is shown: a link was followed, or the way back taken.
  useEffect(() => {
    if (first !== undefined) {
      setChosen(first);
    }
  }, [first]);

  const choose = (id: string): void => {
    setChosen(id);
    onChoose?.(id);
  };
  const move = (event: KeyboardEvent): void => {
    const next = findNext(event.key, at, tabs.length);
    const tab = next === undefined ? undefined : tabs[next];
    if (next === undefined || tab === undefined) {
      return;
    }
    event.preventDefault();
    choose(tab.id);
    buttons.current?.querySelectorAll("button")[next]?.focus();
  };

  return (
    <div class="tabs">
      <div class="tab-list" role="tablist" aria-label={label} ref={buttons} onKeyDown={move}>
        {tabs.map((tab, place) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${id}-tab-${tab.id}`}
            aria-selected={place === at}
            aria-controls={`${id}-panel`}
            tabIndex={place === at ? 0 : -1}
            onClick={() => {
              choose(tab.id);
            }}
          >
            {tab.title}
          </button>
        ))}
      </div>
      {shown !== undefined && (
        <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-tab-${shown.id}`} tabIndex={0}>
          {shown.content()}
        </div>
      )}
    </div>
  );
}

/** Where a key leads from a place; undefined where it leads nowhere. */
export function findNext(key: string, at: number, length: number): number | undefined {
  switch (key) {
    case "ArrowRight":
      return (at + 1) % length;
    case "ArrowLeft":
      return (at - 1 + length) % length;
    case "Home":
      return 0;
    case "End":
      return length - 1;
    default:
      return undefined;
  }
}
