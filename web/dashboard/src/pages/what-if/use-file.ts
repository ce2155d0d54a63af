/** The file that was chosen: being read, refused, asked about, or read. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";

import type { Reading } from "./reading/read";
import { FileReading } from "./reading/reader";
import type { Answers, Question, Refusal } from "./reading/refusal";

/** Where the reading of a file stands. */
export type FileState =
  | { readonly phase: "none" }
  | { readonly phase: "reading"; readonly name: string }
  | { readonly phase: "refused"; readonly name: string; readonly refusal: Refusal }
  | { readonly phase: "open"; readonly name: string; readonly questions: readonly Question[] }
  | { readonly phase: "read"; readonly name: string; readonly reading: Reading };

/** A file, and what can be done with it. */
export interface ChosenFile {
  readonly state: FileState;
  readonly choose: (file: File) => void;
  /** Answer what the file leaves open. */
  readonly answer: (answers: Answers) => void;
}

/** The file that was chosen on this page; it is forgotten when the page is left. */
export function useFile(): ChosenFile {
  const [state, setState] = useState<FileState>({ phase: "none" });
  const reader = useRef<FileReading>(undefined);
  const given = useRef<{ name: string; answers: Answers }>({ name: "", answers: {} });
  useEffect(() => () => reader.current?.close(), []);

  const read = useCallback((file: File | null, name: string, answers: Answers) => {
    given.current = { name, answers };
    reader.current ??= new FileReading();
    setState({ phase: "reading", name });
    void reader.current.read(file, answers).then((stage) => {
      if (stage.kind === "done") setState({ phase: "read", name, reading: stage.value });
      else if (stage.kind === "open") setState({ phase: "open", name, questions: stage.questions });
      else setState({ phase: "refused", name, refusal: stage.refusal });
    });
  }, []);

  return {
    state,
    choose: (file) => {
      read(file, file.name, {});
    },
    answer: (answers) => {
      const { name, answers: before } = given.current;
      read(null, name, { ...before, ...answers });
    },
  };
}
