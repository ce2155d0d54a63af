"""Damage to files of bars, as a list of small steps that any source of chance can draw."""

import gzip
import io
import itertools
import zipfile
from collections.abc import Callable, Sequence
from typing import NamedTuple

TEXTS = (
    "", " ", "-", "nan", "inf", "-inf", "1e999", "1e-320", "0", "-1", "1,234.56", "1.234,56",
    "1'234", "63.82M", "12%", "(5)", "$7", "1e3", "0x10", "1_000", "null", "N/A", ".", "#REF!",
    "=1+1", "true", "2020-02-30", "31/12/2020", "12/31/20", "00000000", "20201301", "9999-12-31",
    "0001-01-01", "24:00:00", "12:61", "2020-03-08T02:30:00-05:00", "2020-01-02T00:00:00+99:99",
    "1583625600", "1583625600000", "99999999999999999999", "-62135596800", "9" * 400, "\x00",
    "\x1a", '"', '""', "'", "\ufeff", "\u202e", "\U0001f411", "e\u0301", "\u0661\u0662", "\xa0",
    "date", "close", "Symbol", "../../x", "<DATE>", "Adj Close", "time", "{", "[]", "\\", "\r",
    "\u2028",
)  # fmt: skip
MOST_BYTES = 1_000_000
DELIMITERS = (",", ";", "\t", "|", " ", ":", "^")
ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "cp1252", "utf-8-sig", "shift_jis", "utf-7")


class Mutation(NamedTuple):
    """One step of damage.

    Parameters
    ----------
    kind : int
        Which; counted round.
    place : float
        Where in the file, from 0 to 1.
    what : int
        With what, from 0 on.
    """

    kind: int
    place: float
    what: int


def damage_bars(content: bytes, mutations: Sequence[Mutation]) -> bytes:
    """Return a file after some steps of damage.

    Parameters
    ----------
    content : bytes
    mutations : sequence of Mutation
    """
    for mutation in mutations:
        step = STEPS[mutation.kind % len(STEPS)]
        content = step(content, min(max(mutation.place, 0.0), 0.999999), mutation.what)
        content = content[:MOST_BYTES]  # lines that grow again and again would fill the memory
    return content


def _in_text(
    change: Callable[[list[str], int, int], list[str]],
) -> Callable[[bytes, float, int], bytes]:
    """Return a step on the lines of a file, whatever bytes it holds."""

    def step(content: bytes, place: float, what: int) -> bytes:
        lines = content.decode("latin-1").split("\n")
        changed = change(lines, int(place * len(lines)), what)
        return "\n".join(changed).encode("latin-1", "replace")

    return step


def _nasty(what: int) -> str:
    return TEXTS[what % len(TEXTS)].encode().decode("latin-1")


def _cells(line: str) -> tuple[list[str], str]:
    delimiter = max(DELIMITERS[:4], key=line.count)
    return line.split(delimiter), delimiter


def _replace_cell(lines: list[str], row: int, what: int) -> list[str]:
    cells, delimiter = _cells(lines[row])
    cells[what % len(cells)] = _nasty(what // 7)
    return [*lines[:row], delimiter.join(cells), *lines[row + 1 :]]


def _replace_column(lines: list[str], row: int, what: int) -> list[str]:
    return [
        _replace_cell([line], 0, what)[0] if at >= row else line for at, line in enumerate(lines)
    ]


def _drop_column(lines: list[str], row: int, what: int) -> list[str]:
    changed = []
    for at, line in enumerate(lines):
        cells, delimiter = _cells(line)
        gone = what % len(cells)
        kept = [*cells[:gone], *cells[gone + 1 :]] if at >= row or row < 2 else cells
        changed.append(delimiter.join(kept))
    return changed


def _double_column(lines: list[str], _: int, what: int) -> list[str]:
    changed = []
    for line in lines:
        cells, delimiter = _cells(line)
        changed.append(delimiter.join([*cells, cells[what % len(cells)]]))
    return changed


def _drop_lines(lines: list[str], row: int, what: int) -> list[str]:
    return [*lines[:row], *lines[row + 1 + what % 3 :]]


def _double_line(lines: list[str], row: int, what: int) -> list[str]:
    return [*lines[: row + 1], *[lines[row]] * (1 + what % 3), *lines[row + 1 :]]


def _swap_lines(lines: list[str], row: int, what: int) -> list[str]:
    other = what % len(lines)
    lines[row], lines[other] = lines[other], lines[row]
    return lines


def _insert_line(lines: list[str], row: int, what: int) -> list[str]:
    words = [_nasty(what + n) for n in range(1 + what % 5)]
    return [*lines[:row], DELIMITERS[what % 4].join(words), *lines[row:]]


def _reverse(lines: list[str], row: int, _: int) -> list[str]:
    return [*lines[:row], *reversed(lines[row:])]


def _change_delimiter(lines: list[str], row: int, what: int) -> list[str]:
    changed = DELIMITERS[what % len(DELIMITERS)]
    old = max(DELIMITERS[:4], key=lines[0].count)
    return [line.replace(old, changed) if at >= row else line for at, line in enumerate(lines)]


def _quote(lines: list[str], row: int, what: int) -> list[str]:
    cells, delimiter = _cells(lines[row])
    place = what % len(cells)
    cells[place] = ('"{}"', '"{}', '{}"', "'{}'")[what // 5 % 4].format(cells[place])
    return [*lines[:row], delimiter.join(cells), *lines[row + 1 :]]


def _grow(lines: list[str], row: int, what: int) -> list[str]:
    return [*lines[:row], lines[row] * (1 + what % 50), *lines[row + 1 :]]


def _cut(content: bytes, place: float, _: int) -> bytes:
    return content[: int(place * len(content))]


def _flip(content: bytes, place: float, what: int) -> bytes:
    if not content:
        return content
    at = int(place * len(content))
    return content[:at] + bytes([content[at] ^ (1 + what % 255)]) + content[at + 1 :]


def _insert(content: bytes, place: float, what: int) -> bytes:
    at = int(place * len(content))
    return content[:at] + TEXTS[what % len(TEXTS)].encode() * (1 + what % 3) + content[at:]


def _repeat_part(content: bytes, place: float, what: int) -> bytes:
    at = int(place * len(content))
    return content + content[at : at + 1 + what % 4096]


def _encode(content: bytes, _: float, what: int) -> bytes:
    return content.decode("utf-8", "replace").encode(ENCODINGS[what % len(ENCODINGS)], "replace")


def _wrap(content: bytes, place: float, what: int) -> bytes:
    if what % 3 == 0:
        return gzip.compress(content, mtime=0)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as members:
        for number in range(1 + what % 4):
            name = ("a.csv", "../x.csv", "b.zip", "c.txt", "/d.csv", "e/f.json")[
                (what + number) % 6
            ]
            part = content[int(place * len(content)) :] if number else content
            members.writestr(zipfile.ZipInfo(f"{number}{name}"), part)
    return archive.getvalue()


STEPS: Sequence[Callable[[bytes, float, int], bytes]] = tuple(
    itertools.chain(
        map(
            _in_text,
            (
                _replace_cell, _replace_cell, _replace_column, _drop_column, _double_column,
                _drop_lines, _double_line, _swap_lines, _insert_line, _reverse, _change_delimiter,
                _quote, _grow,
            ),
        ),
        (_cut, _flip, _insert, _repeat_part, _encode, _wrap),
    )
)  # fmt: skip
