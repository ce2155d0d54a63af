/** Numbers as text, letter for letter as the service writes them. */

/** Return a number as Python's `repr` writes a float: the shortest text that reads back the same. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [mantissa = "", power = "0"] = Math.abs(value).toExponential().split("e");
  return signOf(value) + layOut(mantissa.replace(".", ""), Number(power), 16, true);
}

/** Return a number with a fixed count of decimals; halves go to the even digit. */
export function fixedText(value: number, decimals: number): string {
  const size = Math.abs(value);
  const halves = size * 2 ** (decimals + 1);
  const up = size.toFixed(decimals);
  const isTie = Number.isInteger(halves) && halves % 2 === 1;
  const last = Number(up.at(-1));
  return signOf(value) + (isTie && last % 2 === 1 ? up.slice(0, -1) + String(last - 1) : up);
}

/** Return a share of one as a percentage with a fixed count of decimals. */
export function percentText(share: number, decimals: number): string {
  return `${fixedText(share * 100, decimals)}%`;
}

/** Return a number with six digits that count, as C's `%g` does; halves go to the even digit. */
export function shortText(value: number): string {
  if (!Number.isFinite(value)) return floatText(value);
  const size = Math.abs(value);
  const exact = size.toExponential(40);
  // The language rounds halves up; exactly between two, the even one of both is wanted.
  const isTieBelowEven = /^\d\.\d{4}[02468]50*e/.test(exact);
  const [mantissa = "", power = "0"] = (isTieBelowEven ? exact : size.toExponential(5)).split("e");
  const digits = mantissa.slice(0, 7).replace(".", "").replace(/0+$/, "") || "0";
  return signOf(value) + layOut(digits, Number(power), 6, false);
}

/** Place the point among digits, or write a power of ten where the number is far from one. */
function layOut(digits: string, power: number, mostPower: number, pointed: boolean): string {
  if (power < -4 || power >= mostPower) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const size = String(Math.abs(power)).padStart(2, "0");
    return `${digits[0] ?? "0"}${fraction}e${power < 0 ? "-" : "+"}${size}`;
  }
  if (power < 0) return `0.${"0".repeat(-power - 1)}${digits}`;
  const padded = digits.padEnd(power + 1, "0");
  const fraction = padded.slice(power + 1) || (pointed ? "0" : "");
  return fraction ? `${padded.slice(0, power + 1)}.${fraction}` : padded.slice(0, power + 1);
}

function signOf(value: number): string {
  return value < 0 || Object.is(value, -0) ? "-" : "";
}
