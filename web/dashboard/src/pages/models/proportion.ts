/** A share of runs with its exact (Clopper-Pearson) 95 % interval. */

/** Return how many of all, with the interval that the service states beside its own. */
export function exactShare(nHits: number, n: number): { value: number; low: number; high: number } {
  const value = nHits / n;
  // Where the tail beyond what was found has a chance of 2.5 %.
  const low = nHits === 0 ? 0 : bisect((p) => 1 - atMost(nHits - 1, n, p) - 0.025);
  const high = nHits === n ? 1 : bisect((p) => 0.025 - atMost(nHits, n, p));
  return { value, low, high };
}

/** The chance of at most so many hits; in logarithms, so that no factorial overflows. */
function atMost(k: number, n: number, p: number): number {
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i += 1) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

/** Return where a rising function of a share crosses zero. */
function bisect(rising: (p: number) => number): number {
  let [low, high] = [1e-12, 1 - 1e-12];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return (low + high) / 2;
}
