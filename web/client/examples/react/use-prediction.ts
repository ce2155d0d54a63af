/** A hook: the answer about some bars, asked again whenever they change. */

import { useEffect, useState } from "react";

import type { Predictor, Question, Told } from "../../src/index.js";

/** Return the answer, null while it is on its way. Bars must be the same object while they are the same. */
export function usePrediction(predictor: Predictor, question: Question | null): Told | null {
  const [answer, setAnswer] = useState<{ readonly to: Question; readonly told: Told } | null>(null);
  useEffect(() => {
    let isWanted = question !== null;
    if (question !== null) {
      void predictor.predict(question).then((told) => {
        if (isWanted) setAnswer({ to: question, told });
      });
    }
    return () => {
      isWanted = false;
    };
  }, [predictor, question]);
  return answer !== null && answer.to === question ? answer.told : null;
}
