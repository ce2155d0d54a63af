import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";

import { Failure } from "./states";

interface ConfirmDialogProps {
  readonly open: boolean;
  readonly title: string;
  /** What the button says that does it: a verb. */
  readonly confirmLabel: string;
  /** Whether what is done is hard to take back. */
  readonly tone?: "neutral" | "bad";
  /** Do it. While a promise is pending nothing can be pressed; why it fails is shown. */
  readonly onConfirm: () => Promise<void> | void;
  readonly onCancel: () => void;
  readonly children: ComponentChildren;
}

/** Ask before something is done. The browser keeps the focus within, and Escape leaves. */
export function ConfirmDialog(props: ConfirmDialogProps): JSX.Element | null {
  return props.open ? <OpenDialog {...props} /> : null;
}

function OpenDialog(props: ConfirmDialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<Error>();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement) {
        opener.focus();
      }
    };
  }, []);

  const confirm = async (): Promise<void> => {
    setIsBusy(true);
    setFailure(undefined);
    try {
      await props.onConfirm();
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setIsBusy(false);
    }
  };

  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (!isBusy) {
          props.onCancel();
        }
      }}
      onClose={reopen}
    >
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <h2 id={titleId}>{props.title}</h2>
        {props.children}
        {failure !== undefined && <Failure failure={failure} what="the answer: nothing is known to have changed" />}
        <div class="dialog-actions">
          <button type="button" class="button" disabled={isBusy} onClick={props.onCancel}>
            Cancel
          </button>
          <button type="submit" class={props.tone === "bad" ? "button button-bad" : "button button-main"} disabled={isBusy}>
            {isBusy ? "Working…" : props.confirmLabel}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** At the second Escape a browser closes a dialog itself, also while an answer is waited for. */
function reopen(event: { readonly currentTarget: HTMLDialogElement }): void {
  event.currentTarget.showModal();
}
