/** How numbers, prices and instants are written. What is not known is a dash, never a zero. */

export { age, clock, day, daysLong, instant, readInstant } from "./times";
export { labelOf, plainNumber, tellFacts, type ToldFact } from "./facts";
export { bars, count, fixed, percent, points, price } from "./numbers";
export { asSentence } from "./sentences";

/** What stands where nothing is known. */
export { DASH } from "./dash";
