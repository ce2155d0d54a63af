import "./what-if.css";

import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { getJson } from "../../api/service";
import type { SnapshotAnswer, SymbolsPageAnswer } from "../../api/schema";
import { PageHeader } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { type Edit, isEdited, lastBar } from "./edit";
import { FileCard } from "./file-card";
import { listMarkets, proposeMarket } from "./market";
import { type Asked, QuestionCard } from "./question-card";
import type { Reading } from "./reading/read";
import { Result } from "./result";
import { useAnswers, useEngine, useWhy } from "./use-answers";
import { useFile } from "./use-file";

const LEAD = "Drop bars on the page, and see what would be said of them. They are checked and predicted here, and leave this machine nowhere.";
const PAGE_OF_MARKETS = 200;
const MOST_PAGES = 25;
/** What answers call a market that the service does not know. */
const NAMELESS = "FILE";

/** What would be said of a file of bars, all of it computed in the page. */
export default function Page(): JSX.Element {
  const file = useFile();
  const engine = useEngine(file.state.phase !== "none");
  return (
    <>
      <PageHeader title="What if" lead={LEAD} />
      <div class="stack">
        <FileCard file={file} />
        {file.state.phase === "read" && <WhatIf key={file.state.name} name={file.state.name} reading={file.state.reading} engine={engine} />}
      </div>
    </>
  );
}

interface WhatIfProps {
  readonly name: string;
  readonly reading: Reading;
  readonly engine: ReturnType<typeof useEngine>;
}

function WhatIf({ name, reading, engine }: WhatIfProps): JSX.Element {
  const { bars } = reading;
  const markets = useResource(loadMarkets, []);
  const known = useMemo(() => listMarkets(markets.value ?? [], bars.interval), [markets.value, bars.interval]);
  const proposed = proposeMarket(known, name, reading.symbols);
  const [chosen, setChosen] = useState<Asked>();
  const asked = chosen ?? { symbol: proposed?.symbol ?? "", isNow: false };
  const market = known.find((one) => one.symbol === asked.symbol);
  const [edit, setEdit] = useState<Edit>(() => lastBar(bars));
  useEffect(() => {
    setEdit(lastBar(bars));
  }, [bars]);
  const symbol = market?.symbol ?? NAMELESS;
  // Until it is known which markets there are, none could be proposed.
  const isReady = markets.state !== "loading" || markets.value !== undefined;
  const question = { bars, symbol, market, isNow: asked.isNow, edit };
  const answers = useAnswers(engine, isReady ? question : undefined);
  const isChanged = isEdited(bars, edit);
  const why = useWhy(engine, answers.asking, isChanged ? (answers.edited ?? answers.plain) : answers.plain);
  return (
    <>
      <QuestionCard
        name={name}
        reading={reading}
        markets={markets}
        known={known}
        asked={asked}
        isProposed={proposed !== undefined && proposed.symbol === asked.symbol}
        onAsk={setChosen}
      />
      <Result reading={reading} answers={answers} why={why} edit={edit} onEdit={setEdit} market={market} />
    </>
  );
}

async function loadMarkets(signal: AbortSignal): Promise<SnapshotAnswer[]> {
  const found: SnapshotAnswer[] = [];
  let after: number | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await getJson<SymbolsPageAnswer>("/v1/data/symbols", { query: { limit: PAGE_OF_MARKETS, after }, signal });
    found.push(...answer.symbols);
    if (answer.next_after === null) {
      break;
    }
    after = answer.next_after;
  }
  return found;
}
