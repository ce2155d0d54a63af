/** Sentences of what the service says in passing. */

/** A clause with a capital at its start, where that is no name, and a full stop at its end. */
export function asSentence(clause: string): string {
  const text = clause.trim();
  if (text === "") {
    return "";
  }
  const ended = /[.!?]$/.test(text) ? text : `${text}.`;
  const isName = /^\S*[\d_/]/.test(ended);
  return isName ? ended : ended.slice(0, 1).toUpperCase() + ended.slice(1);
}
