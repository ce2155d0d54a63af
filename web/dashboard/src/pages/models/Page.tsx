import "./models.css";

import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { hrefOf, type Route } from "../../app/router";
import { Notice, PageHeader } from "../../shell/parts";
import { type Resource, useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { CompareView } from "./compare-view";
import { loadModels, type ModelList } from "./list";
import { ModelListView } from "./list-view";
import { ModelView, NoSuchModel } from "./model-view";

/** Who serves, who may, and on what evidence: the list, one model, or two side by side. */
export default function Page({ route }: { readonly route: Route }): JSX.Element {
  const list = useResource(loadModels, []);
  const [done, setDone] = useState("");
  const onDone = (words: string): void => {
    setDone(words);
    list.reload();
  };
  const [one, other] = route.parts;
  if (one !== undefined && list.value !== undefined) {
    const missing = [one, other].find((id) => id !== undefined && !list.value?.models.some((model) => model.model_id === id));
    if (missing !== undefined) {
      return <NoSuchModel modelId={missing} />;
    }
  }
  return (
    <>
      <Header one={one} other={other} />
      <div role="status">
        {done !== "" && (
          <Notice tone="good" title="Done">
            <p>{done}</p>
          </Notice>
        )}
      </div>
      <Views list={list} one={one} other={other} onDone={onDone} />
    </>
  );
}

interface Names {
  readonly one: string | undefined;
  readonly other: string | undefined;
}

function Header({ one, other }: Names): JSX.Element {
  const back = (
    <a class="button" href={hrefOf("models")}>
      Every model
    </a>
  );
  if (one === undefined) {
    return <PageHeader title="Models" lead="Who serves, who may, and on what evidence." />;
  }
  if (other === undefined) {
    return (
      <PageHeader title={one} lead="What it is, what the gate found, and what can be done with it.">
        {back}
      </PageHeader>
    );
  }
  return (
    <PageHeader title="Two models compared" lead={`${one} beside ${other}.`}>
      {back}
    </PageHeader>
  );
}

function Views({ list, one, other, onDone }: Names & { list: Resource<ModelList>; onDone: (words: string) => void }): JSX.Element {
  return (
    <Shown
      resource={list}
      what="models"
      lines={8}
      empty={(value) => value.models.length === 0}
      emptyText={
        <>
          <p>No model was trained here yet, so the rules answer.</p>
          <p>
            Train one on your bars: <code>bellwether train bars.csv</code>
          </p>
        </>
      }
    >
      {(found) => {
        const [first, second] = [one, other].map((id) => found.models.find((model) => model.model_id === id));
        if (first === undefined) {
          return <ModelListView list={found} onDone={onDone} />;
        }
        return second === undefined ? (
          <ModelView model={first} models={found.models} onDone={onDone} />
        ) : (
          <CompareView one={first} other={second} />
        );
      }}
    </Shown>
  );
}
