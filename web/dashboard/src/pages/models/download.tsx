import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { ask } from "../../api/service";
import { Failure } from "../../shell/states";

const PATIENCE_MILLISECONDS = 300_000;

/** Download a bundle. It is asked for with the key, which a plain link could not take along. */
export function DownloadButton({ modelId }: { readonly modelId: string }): JSX.Element {
  const [state, setState] = useState<{ isBusy: boolean; words: string; failure?: Error }>({ isBusy: false, words: "" });
  const download = async (): Promise<void> => {
    setState({ isBusy: true, words: "" });
    try {
      const path = `/v1/models/${encodeURIComponent(modelId)}/bundle`;
      const answer = await ask(path, { method: "GET" }, undefined, PATIENCE_MILLISECONDS);
      const content = await answer.blob();
      save(content, `${modelId}.bundle`);
      setState({ isBusy: false, words: `Saved ${modelId}.bundle, ${Math.ceil(content.size / 1024)} KiB.` });
    } catch (error) {
      setState({ isBusy: false, words: "", failure: error instanceof Error ? error : new Error(String(error)) });
    }
  };
  return (
    <div class="download">
      <button type="button" class="button" disabled={state.isBusy} onClick={() => void download()}>
        {state.isBusy ? "Downloading…" : "Download bundle"}
      </button>
      <span class="muted small" role="status">
        {state.words}
      </span>
      {state.failure !== undefined && <Failure failure={state.failure} what="the bundle" onRetry={() => void download()} />}
    </div>
  );
}

/** Hand a file to the browser's downloads. */
function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // Some browsers read the address only after the click has returned.
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 10_000);
}
