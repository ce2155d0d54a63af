/** Results: what was found, or what stands in its way, as values that the caller must look at. */

/** What was found, or why it was not. */
export type Result<Value, Trouble> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly trouble: Trouble };

/** Return a result that holds a value. */
export function found<Value>(value: Value): { readonly ok: true; readonly value: Value } {
  return { ok: true, value };
}

/** Return a result that says what stands in the way. */
export function failed<Trouble>(trouble: Trouble): { readonly ok: false; readonly trouble: Trouble } {
  return { ok: false, trouble };
}

/** Return what was thrown as a line of text of at most 300 letters, whatever it is. */
export function tell(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  return text.slice(0, 300) || "no reason was given";
}
