/** Where curves and their axes lie. */

/** Return round numbers within a range, about so many. */
export function axisTicks(least: number, most: number, about: number): number[] {
  const rough = (most - least) / Math.max(1, about);
  if (!(rough > 0)) {
    return [least];
  }
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(most / step + 1e-9);
  // Products of steps, not sums: 0.1 + 0.2 is no round number.
  return Array.from({ length: last - first + 1 }, (_, place) => Number(((first + place) * step).toPrecision(12)));
}

/** Return the path through points; one that is no number interrupts it. */
export function pathOf(
  points: readonly (readonly [number, number])[],
  placeX: (x: number) => number,
  placeY: (y: number) => number,
): string {
  let isDown = false;
  let path = "";
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) {
      isDown = false;
      continue;
    }
    path += `${isDown ? "L" : "M"}${placeX(x).toFixed(2)} ${placeY(y).toFixed(2)}`;
    isDown = true;
  }
  return path;
}
