/** The answers: about the bars as the file has them, and as they are edited. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { SessionCalendar } from "../../../../client/src/calendar";
import type { Told } from "../../../../client/src/predictor";
import { applyEdit, type Edit, findFault, isEdited, toColumns } from "./edit";
import { PageEngine } from "./engine";
import { closesOf, type Market } from "./market";
import type { ReadBars } from "./reading/read";

/** What is asked. */
export interface Question {
  readonly bars: ReadBars;
  /** What answers call the market. */
  readonly symbol: string;
  readonly market: Market | undefined;
  readonly isNow: boolean;
  readonly edit: Edit;
}

/** What is answered. */
export interface Answers {
  /** Closes of the bars; undefined until the sessions are known. */
  readonly closes?: Float64Array;
  /** About the file as it is. */
  readonly plain?: Told;
  /** About the bars as they are edited; the same where they are not. */
  readonly edited?: Told;
}

/** The engine of this page, started by the first file, and ended with the page. */
export function useEngine(isWanted: boolean): PageEngine | undefined {
  const engine = useRef<PageEngine>(undefined);
  useEffect(
    () => () => {
      engine.current?.close();
      engine.current = undefined;
    },
    [],
  );
  if (isWanted && engine.current === undefined) {
    engine.current = new PageEngine();
    engine.current.warmRules();
  }
  return engine.current;
}

type Known = Answers & { readonly of?: ReadBars };

function forgetEdited({ of, closes, plain }: Known): Known {
  return { ...(of && { of }), ...(closes && { closes }), ...(plain && { plain }) };
}

/** Answer a question in this page, and again as it is edited: the latest edit first, none twice. */
export function useAnswers(engine: PageEngine | undefined, question: Question | undefined): Answers {
  const { bars, symbol, market, isNow = false, edit } = question ?? {};
  const [answers, setAnswers] = useState<Known>({});
  const [calendar, setCalendar] = useState<{ readonly sessions: SessionCalendar | null; readonly of: unknown }>();
  // Whose sessions they are: those of another market are not used, not even for a moment.
  const place = useMemo(() => ({}), [engine, bars, market?.symbol]);

  useEffect(() => {
    if (engine === undefined || bars === undefined) return undefined;
    let isCurrent = true;
    setAnswers({});
    if (market !== undefined) void engine.warm(market.symbol, bars.interval);
    const asked = market === undefined ? Promise.resolve(null) : engine.sessions(market);
    void asked.then((sessions) => {
      if (isCurrent) setCalendar({ sessions, of: place });
    });
    return () => {
      isCurrent = false;
    };
  }, [place]);

  useEffect(() => {
    if (engine === undefined || bars === undefined || symbol === undefined || calendar?.of !== place) return undefined;
    let isCurrent = true;
    const closes = closesOf(bars, calendar.sessions);
    const askedAt = isNow ? null : (closes.at(-1) ?? 0);
    const asked = { ...toColumns(bars, closes), symbol, interval: bars.interval, calendar: calendar.sessions };
    void engine.answer(asked, askedAt).then((plain) => {
      if (isCurrent) setAnswers((before) => ({ ...before, of: bars, closes, plain }));
    });
    return () => {
      isCurrent = false;
    };
  }, [engine, bars, symbol, calendar, isNow]);

  useEffect(() => {
    if (engine === undefined || bars === undefined || edit === undefined || symbol === undefined || calendar?.of !== place) return undefined;
    if (!isEdited(bars, edit)) {
      setAnswers(forgetEdited);
      return undefined;
    }
    if (findFault(edit) !== null) return undefined;
    let isCurrent = true;
    const closes = closesOf(bars, calendar.sessions);
    const asked = { ...toColumns(applyEdit(bars, edit), closes), symbol, interval: bars.interval, calendar: calendar.sessions };
    void engine.answer(asked, isNow ? null : (closes.at(-1) ?? 0)).then((edited) => {
      if (isCurrent) setAnswers((before) => ({ ...before, edited }));
    });
    return () => {
      isCurrent = false;
    };
  }, [engine, bars, symbol, calendar, isNow, edit]);

  return answers.of === bars ? answers : {};
}
