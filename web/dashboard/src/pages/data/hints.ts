/** What to do about a file that was refused: on this page, where the service speaks of its commands. */

const HERE: readonly (readonly [RegExp, string])[] = [
  [/--columns (\w+)=/, "name that column “$1” in the file’s first line"],
  [/--symbol (\S+)/, "write one of them, such as $1, into the field “Symbol”"],
  [/--dates /, "write the dates so that they have one meaning, such as 2024-01-31"],
  [/--zone /, "write the times with their distance from UTC, such as 2024-01-31T16:00-05:00"],
  [/--unit /, "write the times as text, such as 2024-01-31T16:00Z"],
  [/--decimals /, "write the numbers with a point before their decimals, and nothing between thousands"],
  [/--interval/, "write it into the field “Length of a bar”"],
];
const COMMAND = "bellwether import FILE";

/** Return a hint of the service as it reads on a page: what can be done here, then at the terminal. */
export function tellHint(hint: string): string {
  const found = HERE.find(([flag]) => flag.test(hint));
  if (found === undefined) {
    return hint;
  }
  const [flag, words] = found;
  const here = words.replace("$1", flag.exec(hint)?.[1] ?? "");
  const option = /--[a-z-]+(?: [^\s;,)]+)?/.exec(hint)?.[0] ?? "";
  return `${here}; or at a terminal: ${COMMAND} ${option}`;
}
