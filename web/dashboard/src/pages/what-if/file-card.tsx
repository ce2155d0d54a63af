import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";

import { Card, Notice } from "../../shell/parts";
import { Loading } from "../../shell/states";
import type { Answers, Question, Refusal } from "./reading/refusal";
import type { ChosenFile } from "./use-file";

const PROMISE = "It is read, checked and predicted in this page: no byte of it is sent anywhere.";

/** Where a file is dropped or chosen, and what came of it. */
export function FileCard({ file }: { readonly file: ChosenFile }): JSX.Element {
  const { state, choose, answer } = file;
  return (
    <Card title="A file of bars" note={PROMISE}>
      <DropPlace isAgain={state.phase !== "none"} onChoose={choose} />
      <div aria-busy={state.phase === "reading"}>
        {state.phase === "reading" && <Loading what={state.name} lines={3} />}
        {state.phase === "refused" && <Refused name={state.name} refusal={state.refusal} />}
        {state.phase === "open" && <Questions name={state.name} questions={state.questions} onAnswer={answer} />}
      </div>
      <details class="layouts">
        <summary>What a file should look like</summary>
        <p>
          The first line names the columns, every other line is one bar. Date, open, high, low and close are needed; volume, a column of times, an
          adjusted close and a symbol are known, too, each under its usual names. Fields are parted by commas, semicolons or tabs. Dates are written
          2024-01-31 or as seconds since 1970. What can be meant in two ways is asked.
        </p>
        <pre>{"date,open,high,low,close,volume\n2024-01-30,191.20,192.20,190.73,191.27,27800200\n2024-01-31,187.04,187.10,184.35,184.40,55467800"}</pre>
      </details>
    </Card>
  );
}

function DropPlace({ isAgain, onChoose }: { readonly isAgain: boolean; readonly onChoose: (file: File) => void }): JSX.Element {
  const isOver = useDrop(onChoose);
  return (
    <label class={isOver ? "drop drop-over" : "drop"}>
      <input
        type="file"
        class="visually-hidden"
        accept=".csv,.txt,.tsv,text/csv,text/plain"
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? [];
          // The same file may be chosen again once it was mended.
          if (chosen !== undefined) onChoose(chosen);
          event.currentTarget.value = "";
        }}
      />
      <span class="drop-words">{isAgain ? "Choose another CSV file" : "Choose a CSV file"}</span>
      <span class="muted small">or drop one anywhere on this page</span>
    </label>
  );
}

/** A file that is dropped anywhere is meant for this page; the browser would leave it otherwise. */
function useDrop(onChoose: (file: File) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      setIsOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setIsOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setIsOver(false);
      const [dropped] = event.dataTransfer?.files ?? [];
      if (dropped !== undefined) onChoose(dropped);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  return isOver;
}

function Refused({ name, refusal }: { readonly name: string; readonly refusal: Refusal }): JSX.Element {
  return (
    <Notice tone="bad" title={`${name} cannot be used`} live="assertive">
      <dl class="facts refusal">
        {refusal.line !== null && (
          <>
            <dt>Line</dt>
            <dd>{refusal.line}</dd>
          </>
        )}
        <dt>Expected</dt>
        <dd>{refusal.expected}</dd>
        <dt>Found</dt>
        <dd>{refusal.found}</dd>
        <dt>What to do</dt>
        <dd>{refusal.hint}</dd>
      </dl>
    </Notice>
  );
}

interface QuestionsProps {
  readonly name: string;
  readonly questions: readonly Question[];
  readonly onAnswer: (answers: Answers) => void;
}

function Questions({ name, questions, onAnswer }: QuestionsProps): JSX.Element {
  const [answers, setAnswers] = useState<Answers>({});
  const isWhole = questions.every((question) => answers[question.key] !== undefined);
  return (
    <form
      class="questions"
      aria-label={`Questions about ${name}`}
      onSubmit={(event) => {
        event.preventDefault();
        if (isWhole) onAnswer(answers);
      }}
    >
      <p role="status">{name} can be read in more than one way.</p>
      {questions.map((question) => (
        <OneQuestion
          key={question.key}
          question={question}
          chosen={answers[question.key]}
          onChoose={(value) => {
            setAnswers({ ...answers, [question.key]: value });
          }}
        />
      ))}
      <div>
        <button type="submit" class="button button-main" disabled={!isWhole}>
          Read it so
        </button>
      </div>
    </form>
  );
}

interface OneQuestionProps {
  readonly question: Question;
  readonly chosen: string | undefined;
  readonly onChoose: (value: string) => void;
}

function OneQuestion({ question, chosen, onChoose }: OneQuestionProps): JSX.Element {
  const name = useId();
  return (
    <fieldset class="question">
      <legend>{question.words}</legend>
      <p class="muted small">{question.why}</p>
      {question.choices.map((choice) => (
        <label key={choice.value} class="choice">
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === chosen}
            onChange={() => {
              onChoose(choice.value);
            }}
          />
          {choice.words}
        </label>
      ))}
    </fieldset>
  );
}
