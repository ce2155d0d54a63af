import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

interface DropZoneProps {
  readonly onFiles: (files: readonly File[]) => void;
  readonly isDisabled: boolean;
}

/** Where files are dropped, or chosen by a button. */
export function DropZone({ onFiles, isDisabled }: DropZoneProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const [isOver, setIsOver] = useState(false);
  const take = (files: FileList | null | undefined): void => {
    if (!isDisabled && files !== null && files !== undefined && files.length > 0) {
      onFiles([...files]);
    }
  };
  return (
    <div
      class={isOver ? "drop drop-over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(!isDisabled);
      }}
      onDragLeave={() => {
        setIsOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <p>
        <strong>Drop files of bars here</strong>, or choose them.
      </p>
      <input
        ref={input}
        class="visually-hidden"
        type="file"
        multiple
        accept=".csv,.txt,.parquet,.pq,.json"
        aria-label="Files of bars"
        tabIndex={-1}
        disabled={isDisabled}
        onChange={(event) => {
          take(event.currentTarget.files);
          // The same file may be chosen again.
          event.currentTarget.value = "";
        }}
      />
      <button
        type="button"
        class="button"
        disabled={isDisabled}
        onClick={() => {
          input.current?.click();
        }}
      >
        Choose files
      </button>
    </div>
  );
}
