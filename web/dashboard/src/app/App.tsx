/** The frame of every page: navigation, notice, key prompt, and the page itself. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { onKeyChange, readKey } from "../api/key";
import { KeyPrompt } from "./key-prompt";
import { MobileBar, SideBar } from "./navigation";
import { PageHost } from "./page-host";
import { useRoute } from "./router";

const NOTICE =
  "This is no investment advice: forecasts may be wrong, and markets may do what they never did before.";

/** The whole page. */
export function App(): JSX.Element {
  const route = useRoute();
  const key = useKey();
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    setIsOpen(false);
  }, [route.name, route.parts.join("/")]);
  useEscape(isOpen, () => {
    setIsOpen(false);
  });
  return (
    <div class="frame">
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          event.preventDefault();
          document.getElementById("content")?.focus();
        }}
      >
        Skip to content
      </a>
      <MobileBar
        isOpen={isOpen}
        onToggle={() => {
          setIsOpen(!isOpen);
        }}
      />
      <SideBar current={route.name} isOpen={isOpen} hasKey={key !== undefined} />
      <main id="content" tabIndex={-1}>
        {/* With another key everything is asked anew. */}
        <PageHost key={key ?? "no key"} route={route} />
      </main>
      <footer class="foot">
        <p>{NOTICE}</p>
        <p>
          Charts by <a href="https://www.tradingview.com/" rel="noreferrer noopener" target="_blank">TradingView</a>
          {" · "}
          <a href="/v1/openapi.json">The API behind this page</a>
          {" · "}
          <a href="/third-party.txt">Licences</a>
        </p>
      </footer>
      <KeyPrompt />
    </div>
  );
}

/** Let Escape close what is open. */
function useEscape(isOpen: boolean, close: () => void): void {
  useEffect(() => {
    if (!isOpen) {
      return undefined;
    }
    const look = (event: KeyboardEvent): void => {
      if (event.key === "Escape") {
        close();
      }
    };
    addEventListener("keydown", look);
    return () => {
      removeEventListener("keydown", look);
    };
  }, [isOpen]);
}

function useKey(): string | undefined {
  const [key, setKey] = useState(readKey);
  useEffect(
    () =>
      onKeyChange(() => {
        setKey(readKey());
      }),
    [],
  );
  return key;
}
