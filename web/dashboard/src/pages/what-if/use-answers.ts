/** The answers: about the bars as the file has them, and as they are edited. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import type { SessionCalendar } from "../../../../client/src/calendar";
import type { Question as Asked } from "../../../../client/src/predictor";
import type { Told } from "../../../../client/src/way";
import { applyEdit, type Edit, findFault, isEdited, toColumns } from "./edit";
import { PageEngine } from "./engine";
import { closesOf, type Market } from "./market";
import type { ReadBars } from "./reading/read";

const REST_MILLISECONDS = 200;

/** What is asked. */
export interface Question {
  readonly bars: ReadBars;
  /** What answers call the market. */
  readonly symbol: string;
  readonly market: Market | undefined;
  readonly isNow: boolean;
  readonly edit: Edit;
}

/** What an engine was asked: the bars and their market, and when, null for now. */
interface Asking {
  readonly question: Asked;
  readonly at: number | null;
}

/** What is answered. */
export interface Answers {
  /** Closes of the bars; undefined until the sessions are known. */
  readonly closes?: Float64Array;
  /** About the file as it is. */
  readonly plain?: Told;
  /** About the bars as they are edited; the same where they are not. */
  readonly edited?: Told;
  /** What the one that is shown answers. */
  readonly asking?: Asking;
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

type Known = Answers & { readonly of?: ReadBars; readonly plainly?: Asking };

function forgetEdited({ of, closes, plain, plainly }: Known): Known {
  return { ...(of && { of }), ...(closes && { closes }), ...(plain && { plain }), ...(plainly && { plainly, asking: plainly }) };
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
    const at = isNow ? null : (closes.at(-1) ?? 0);
    const question = { ...toColumns(bars, closes), symbol, interval: bars.interval, calendar: calendar.sessions };
    void engine.answer(question, at).then((plain) => {
      const plainly = { question, at };
      if (isCurrent) setAnswers((before) => ({ asking: plainly, ...before, of: bars, closes, plain, plainly }));
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
    const at = isNow ? null : (closes.at(-1) ?? 0);
    const question = { ...toColumns(applyEdit(bars, edit), closes), symbol, interval: bars.interval, calendar: calendar.sessions };
    void engine.answer(question, at).then((edited) => {
      if (isCurrent) setAnswers((before) => ({ ...before, edited, asking: { question, at } }));
    });
    return () => {
      isCurrent = false;
    };
  }, [engine, bars, symbol, calendar, isNow, edit]);

  return answers.of === bars ? answers : {};
}

/** Tell which features moved the answer that is shown, once it has stood for a moment: that takes far longer than the answer. */
export function useWhy(engine: PageEngine | undefined, asking: Asking | undefined, shown: Told | undefined): Told | undefined {
  const [told, setTold] = useState<Told>();
  useEffect(() => {
    if (engine === undefined || asking === undefined || shown?.prediction.source.kind !== "model") {
      setTold(undefined);
      return undefined;
    }
    let isCurrent = true;
    const timer = setTimeout(() => {
      void engine.explain(asking.question, asking.at).then((why) => {
        if (isCurrent) setTold(why);
      });
    }, REST_MILLISECONDS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [engine, asking]);
  return told;
}
