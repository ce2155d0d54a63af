/** Something that is asked of the service, and asked again. */

import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";

/** What was asked for, as far as it is known. After a failed refresh the last value is kept. */
export interface Resource<T> {
  readonly state: "loading" | "ready" | "failed";
  readonly value?: T;
  readonly failure?: Error;
  readonly refreshedAt?: Date;
  readonly reload: () => void;
}

type Known<T> = Omit<Resource<T>, "reload">;

const NOTHING = { state: "loading" } as const;

/** How a resource is kept up to date. */
export interface ResourceOptions {
  readonly everySeconds?: number;
}

/**
 * Ask for something when the page opens, when a dependency changes and, if so wished, every few
 * seconds while the page is in sight. A changed dependency forgets the value: it was another's.
 */
export function useResource<T>(
  load: (signal: AbortSignal) => Promise<T>,
  dependencies: readonly unknown[],
  options: ResourceOptions = {},
): Resource<T> {
  // Whose answer it is: what was asked with other dependencies is not shown, not even for a frame.
  const question = useMemo(() => ({}), dependencies);
  const [known, setKnown] = useState<{ question: object; known: Known<T> }>({ question, known: NOTHING });
  const latest = useRef({ load, question });
  latest.current = { load, question };
  const asking = useRef<AbortController>(undefined);

  const run = useCallback(() => {
    asking.current?.abort();
    const controller = new AbortController();
    asking.current = controller;
    const asked = latest.current;
    const note = (change: (before: Known<T>) => Known<T>): void => {
      if (!controller.signal.aborted) {
        setKnown((before) => ({
          question: asked.question,
          known: change(before.question === asked.question ? before.known : NOTHING),
        }));
      }
    };
    note((before) => ({ ...before, state: "loading" }));
    asked.load(controller.signal).then(
      (value) => {
        note(() => ({ state: "ready", value, refreshedAt: new Date() }));
      },
      (error: unknown) => {
        note((before) => ({ ...before, state: "failed", failure: asError(error) }));
      },
    );
  }, []);

  useEffect(() => {
    run();
    return () => asking.current?.abort();
  }, [question]);
  useRefresh(run, options.everySeconds);
  return { ...(known.question === question ? known.known : NOTHING), reload: run };
}

function useRefresh(run: () => void, everySeconds: number | undefined): void {
  useEffect(() => {
    if (everySeconds === undefined) {
      return undefined;
    }
    let lastRun = Date.now();
    const look = (): void => {
      if (document.visibilityState === "visible" && Date.now() - lastRun >= everySeconds * 1000) {
        lastRun = Date.now();
        run();
      }
    };
    const timer = setInterval(look, Math.min(everySeconds, 5) * 1000);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [everySeconds]);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
