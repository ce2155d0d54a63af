import { Component, type ComponentChildren, type JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { Notice, PageHeader } from "../shell/parts";
import { Loading } from "../shell/states";
import { findPage, type PageEntry, type PageModule } from "./pages";
import { hrefOf, type Route } from "./router";

/** Show the page of a route: loaded, announced, and never blank. */
export function PageHost({ route }: { readonly route: Route }): JSX.Element {
  const page = findPage(route.name);
  const place = [route.name, ...route.parts].join("/");
  if (page === undefined) {
    return <NoSuchPage name={route.name} />;
  }
  return (
    <Guard key={place} title={page.title}>
      <LoadedPage page={page} route={route} place={place} />
    </Guard>
  );
}

interface LoadedPageProps {
  readonly page: PageEntry;
  readonly route: Route;
  readonly place: string;
}

function LoadedPage({ page, route, place }: LoadedPageProps): JSX.Element {
  const [loaded, setLoaded] = useState<{ module?: PageModule; failure?: Error }>({});
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    page.load().then(
      (module) => {
        setLoaded({ module });
      },
      (error: unknown) => {
        setLoaded({ failure: error instanceof Error ? error : new Error(String(error)) });
      },
    );
  }, [page]);
  const Shown = loaded.module?.default;
  useAnnouncement(host, Shown !== undefined, page.title, route, place);
  if (loaded.failure !== undefined) {
    return <Broken title={page.title} words="This part of the page could not be loaded. It may be of an older version: load the page anew." />;
  }
  return (
    // A page's own styles hold within it alone: they stay loaded when another page is looked at.
    <div ref={host} class={`page-${page.name}`}>
      {Shown === undefined ? <Loading what={page.title} lines={6} /> : <Shown route={route} />}
    </div>
  );
}

/** The place that was shown first: the browser itself announces that. */
let announced: string | undefined;

/** Name the page in the title, and move the focus to its heading, so that a screen reader reads it. */
function useAnnouncement(
  host: { readonly current: HTMLElement | null },
  isThere: boolean,
  title: string,
  route: Route,
  place: string,
): void {
  useEffect(() => {
    if (!isThere) {
      return;
    }
    const told = route.parts[0] ?? title;
    document.title = `${told} · bellwether`;
    const isFirst = announced === undefined;
    if (announced !== place && !isFirst) {
      scrollTo(0, 0);
      host.current?.querySelector("h1")?.focus({ preventScroll: true });
    }
    announced = place;
  }, [isThere, place]);
}

/** What a page throws ends that page, not the whole. */
class Guard extends Component<{ title: string; children: ComponentChildren }, { failure?: Error }> {
  override state: { failure?: Error } = {};

  static override getDerivedStateFromError(failure: Error): { failure: Error } {
    return { failure };
  }

  override render(): ComponentChildren {
    const { failure } = this.state;
    return failure === undefined ? this.props.children : <Broken title={this.props.title} words={failure.message} />;
  }
}

function Broken({ title, words }: { readonly title: string; readonly words: string }): JSX.Element {
  return (
    <>
      <PageHeader title={title} />
      <Notice tone="bad" title="This page cannot be shown" live="assertive">
        <p>{words}</p>
        <button
          type="button"
          class="button"
          onClick={() => {
            location.reload();
          }}
        >
          Load the page anew
        </button>
      </Notice>
    </>
  );
}

function NoSuchPage({ name }: { readonly name: string }): JSX.Element {
  return (
    <>
      <PageHeader title="There is no such page" lead={`Nothing is called “${name.slice(0, 80)}”.`} />
      <p>
        <a href={hrefOf("overview")}>Go to the overview</a>
      </p>
    </>
  );
}
