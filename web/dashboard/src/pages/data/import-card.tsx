import type { JSX } from "preact";
import { useEffect, useReducer, useRef, useState } from "preact/hooks";

import { hrefOf } from "../../app/router";
import { Card } from "../../shell/parts";
import { DropZone } from "./drop-zone";
import { FileRow } from "./file-row";
import { type ImportChoice, ImportChoices } from "./import-choices";
import { importAll } from "./importing";
import { isWaiting, type QueueAct, type QueuedFile, turnQueue } from "./queue";

interface ImportCardProps {
  /** Symbols that are stored already. */
  readonly known: readonly string[];
  readonly onStored: () => void;
}

const FIRST_CHOICE: ImportChoice = { calendar: "auto", interval: "", extends: false };

/** Take files of bars in: each is read, judged and stored by the service, or refused with its reason. */
export function ImportCard({ known, onStored }: ImportCardProps): JSX.Element {
  const [choice, setChoice] = useState(FIRST_CHOICE);
  const { queue, act, add, send, stop, isBusy, said } = useImport(choice, onStored);
  return (
    <Card
      title="Import"
      note="CSV, Parquet or JSON columns. The service reads them in a process of its own, judges every row, and stores what is left as a new snapshot."
    >
      <div class="import">
        <DropZone onFiles={add} isDisabled={isBusy} />
        {queue.length > 0 && (
          <>
            <ul class="files" aria-label="Chosen files">
              {queue.map((one) => (
                <FileRow key={one.id} one={one} isKnown={known.includes(one.symbol.trim())} extendsStored={choice.extends} isBusy={isBusy} act={act} />
              ))}
            </ul>
            <ImportChoices choice={choice} onChange={setChoice} isDisabled={isBusy} />
            <Buttons queue={queue} isBusy={isBusy} onSend={send} onStop={stop} act={act} />
          </>
        )}
        <p class="visually-hidden" role="status">
          {said}
        </p>
        <p class="muted small">
          A file without a single usable bar is refused, and nothing of it is stored. To look at a file without storing it, use{" "}
          <a href={hrefOf("what-if")}>What if</a>: there it stays in your browser.
        </p>
      </div>
    </Card>
  );
}

interface Import {
  readonly queue: readonly QueuedFile[];
  readonly act: (act: QueueAct) => void;
  readonly add: (files: readonly File[]) => void;
  readonly send: () => void;
  readonly stop: () => void;
  readonly isBusy: boolean;
  /** What a screen reader is told of. */
  readonly said: string;
}

function useImport(choice: ImportChoice, onStored: () => void): Import {
  const [queue, act] = useReducer(turnQueue, []);
  const [isBusy, setIsBusy] = useState(false);
  const [said, setSaid] = useState("");
  const nextId = useRef(0);
  const controller = useRef<AbortController>(undefined);
  useEffect(() => () => controller.current?.abort(), []);

  const add = (files: readonly File[]): void => {
    act({ kind: "add", files, firstId: nextId.current });
    nextId.current += files.length;
    setSaid(`${files.length} ${files.length === 1 ? "file" : "files"} chosen`);
  };
  const send = async (): Promise<void> => {
    controller.current = new AbortController();
    setIsBusy(true);
    try {
      const tally = await importAll(queue.filter(isWaiting), choice, act, controller.current.signal);
      setSaid(`${tally.stored} stored, ${tally.refused} refused`);
      if (tally.stored > 0) {
        onStored();
      }
    } finally {
      setIsBusy(false);
    }
  };
  return {
    queue,
    act,
    add,
    send: () => {
      void send();
    },
    stop: () => controller.current?.abort(),
    isBusy,
    said,
  };
}

interface ButtonsProps {
  readonly queue: readonly QueuedFile[];
  readonly isBusy: boolean;
  readonly onSend: () => void;
  readonly onStop: () => void;
  readonly act: (act: QueueAct) => void;
}

function Buttons({ queue, isBusy, onSend, onStop, act }: ButtonsProps): JSX.Element {
  const nWaiting = queue.filter(isWaiting).length;
  const label = isBusy ? "Importing…" : nWaiting === 1 ? "Import this file" : `Import ${nWaiting} files`;
  return (
    <div class="row">
      {(isBusy || nWaiting > 0) && (
        <button type="button" class="button button-main" disabled={isBusy} onClick={onSend}>
          {label}
        </button>
      )}
      {isBusy && (
        <button type="button" class="button" onClick={onStop}>
          Stop
        </button>
      )}
      {!isBusy && queue.some((one) => one.state.kind === "stored") && (
        <button
          type="button"
          class="button"
          onClick={() => {
            act({ kind: "clear" });
          }}
        >
          Clear what is stored
        </button>
      )}
    </div>
  );
}
