/** A page in React: choose a file, see the card. */

import { StrictMode, useState } from "react";
import type { ReactElement } from "react";
import { createRoot } from "react-dom/client";

import { openPredictor } from "../../src/index.js";
import type { Question } from "../../src/index.js";
import { readCsv } from "../plain/bars.js";
import { SignalCard } from "./signal-card.js";
import { usePrediction } from "./use-prediction.js";

const predictor = openPredictor({ service: { url: "" } });

function App(): ReactElement {
  const [question, setQuestion] = useState<Question | null>(null);
  const told = usePrediction(predictor, question);
  const read = async (file: File): Promise<void> => {
    const columns = readCsv(await file.text());
    setQuestion(columns && { symbol: file.name.replace(/\.csv$/, ""), ...columns });
  };
  return (
    <main>
      <h1>What follows the last bar?</h1>
      <label>
        Bars (CSV){" "}
        <input
          type="file"
          accept=".csv"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void read(file);
          }}
        />
      </label>
      {question && <SignalCard told={told} />}
    </main>
  );
}

createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
