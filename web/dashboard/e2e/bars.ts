/** Bars for tests: a walk that is the same each time, ending with the last weekday. */

const DAY_MILLISECONDS = 86_400_000;
const WEIGHT = 48_271;
const MODULUS = 2_147_483_647;

/** Return a CSV file of daily bars. */
export function csvOf(nBars: number): string {
  const next = draws(7);
  const rows: string[] = [];
  let close = 100;
  for (const day of lastWeekdays(nBars)) {
    const open = close;
    close = Math.max(1, open * (1 + 0.02 * (next() - 0.5)));
    const high = Math.max(open, close) * (1 + 0.005 * next());
    const low = Math.min(open, close) * (1 - 0.005 * next());
    rows.push([day, ...[open, high, low, close].map((price) => price.toFixed(4)), String(Math.round(1e6 * (0.5 + next())))].join(","));
  }
  return ["date,open,high,low,close,volume", ...rows].join("\n");
}

function lastWeekdays(nBars: number): string[] {
  const days: string[] = [];
  for (let at = Date.now() - DAY_MILLISECONDS; days.length < nBars; at -= DAY_MILLISECONDS) {
    const day = new Date(at);
    if (day.getUTCDay() % 6 !== 0) {
      days.push(day.toISOString().slice(0, 10));
    }
  }
  return days.reverse();
}

/** Numbers from 0 to 1, by Lehmer's generator. */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * WEIGHT) % MODULUS;
    return state / MODULUS;
  };
}
