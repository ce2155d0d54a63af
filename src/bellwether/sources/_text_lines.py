"""The lines of a text file, one by one: encodings, torn lines, footers."""

import csv
import io
from collections.abc import Sequence

from bellwether.bars import NotATable, RowRefusal
from bellwether.sources._column_names import count_roles
from bellwether.sources._text_start import Line, split_line

MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
# Windows' encodings of Western and Central Europe, known by the names of columns they give.
CODE_PAGES = ("cp1252", "cp1250")
CONTROLS = frozenset(range(32)) - {9, 10, 12, 13}
FOOTER_LINES = 3


def decode_text(source: str, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return a file's text in UTF-8, and what was found out about its encoding.

    Parameters
    ----------
    source : str
        What errors call it.
    content : bytes

    Returns
    -------
    text : bytes
    facts : tuple of str

    Raises
    ------
    NotATable
        If it is no text.
    """
    encoding = next((one for mark, one in MARKS.items() if content.startswith(mark)), None)
    if encoding is None and content.isascii():
        return _check_binary(source, content), ()
    if encoding is None:
        text, facts = _decode_unmarked(source, content)
        return _check_binary(source, text.encode()), facts
    try:
        marked = content.decode(encoding).encode()
    except (UnicodeDecodeError, UnicodeEncodeError) as fault:
        raise NotATable(source, f"no text ({fault.reason})") from fault
    told = f"the text is {encoding.removesuffix('-sig')}, by its first bytes"
    return _check_binary(source, marked), (told,)


def _decode_unmarked(source: str, content: bytes) -> tuple[str, tuple[str, ...]]:
    try:
        return content.decode(), ()
    except UnicodeDecodeError as fault:
        heading = content[:2000].partition(b"\n")[0]
        known = {page: _count_names(heading, page) for page in CODE_PAGES}
        page = max(known, key=lambda one: known[one])
        if known[page] < 3 or CONTROLS & set(content):
            raise _no_text(source, fault) from fault
        text = content.decode(page, errors="replace")
        return text, (f"the text is {page}: its header has names in it",)


def _count_names(heading: bytes, page: str) -> int:
    line = heading.decode(page, errors="replace")
    return max(count_roles(split_line(line, delimiter)) for delimiter in ",;\t|")


def _no_text(source: str, fault: UnicodeDecodeError) -> NotATable:
    return NotATable(source, f"no text (byte {fault.start} is not {fault.encoding})")


def _check_binary(source: str, text: bytes) -> bytes:
    if b"\0" in text:
        raise NotATable(source, "binary content")
    return text


def find_footer(
    lines: Sequence[Line], n_columns: int, delimiter: str
) -> tuple[list[Line], tuple[str, ...]]:
    """Return the lines without those at the end that are words alone, and which these are."""
    kept, told = list(lines), list[str]()
    while kept and len(told) < FOOTER_LINES and _is_remark(kept[-1][1], n_columns, delimiter):
        number, line = kept.pop()
        told.append(f"line {number} is a footer and is left out: {line.strip()[:60]!r}")
    return kept, tuple(told)


def _is_remark(line: str, n_columns: int, delimiter: str) -> bool:
    first, *rest = split_line(line, delimiter) or [""]
    bare = first.strip()
    words = " " in bare and sum(letter.isalpha() for letter in bare) > len(bare) // 2
    return n_columns > 2 and words and not any(field.strip() for field in rest)


def sort_out(
    numbered: Sequence[Line], n_columns: int, delimiter: str
) -> tuple[list[tuple[int, str, str]], tuple[RowRefusal, ...]]:
    """Part the lines that fit the header, with a clean copy of each, from those that do not.

    Parameters
    ----------
    numbered : sequence of (int, str)
    n_columns : int
    delimiter : str

    Returns
    -------
    rows : list of (int, str, str)
        Number, line, and the line with its quotes in order and no empty fields too many.
    torn : tuple of RowRefusal
    """
    rows, torn = [], []
    for number, line in numbered:
        clean, reason = line, None
        if '"' in line or line.count(delimiter) >= n_columns:
            clean, reason = _mend(line, n_columns, delimiter)
        if reason is None:
            rows.append((number, line, clean))
        else:
            torn.append(RowRefusal(line=number, reason=reason, text=line))
    return rows, tuple(torn)


def _mend(line: str, n_columns: int, delimiter: str) -> tuple[str, str | None]:
    """Return a line with its quotes in order and no empty fields too many, or why not."""
    if line.count('"') % 2:
        return line, "a quote is not closed"
    try:
        fields = next(csv.reader([line], delimiter=delimiter))
    except csv.Error as fault:
        return line, str(fault)
    if any(field.strip() for field in fields[n_columns:]):
        return line, f"more than the header's {n_columns} fields"
    mended = io.StringIO()
    csv.writer(mended, delimiter=delimiter, lineterminator="").writerow(fields[:n_columns])
    return mended.getvalue(), None
