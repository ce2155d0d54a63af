"""Compressed files and archives: what is in them, and what they are not allowed to do."""

import bz2
import gzip
import io
import lzma
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.sources.taking import read_both, read_every

from bellwether.bars import ArchiveRefused, NotATable, SymbolUnclear
from bellwether.hashing import digest_bytes
from bellwether.sources import read_bars

PLAIN = b"""\
date,open,high,low,close,volume
2020-01-02,10,12,9,11,1000
2020-01-03,11,13,10,12,1100
2020-01-06,12,14,11,13,1200
"""
OTHER = PLAIN.replace(b",11,", b",11.5,")


@pytest.fixture
def make_zip(tmp_path: Path) -> Callable[..., Path]:
    def write(**members: bytes) -> Path:
        path = tmp_path / "bars.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return path

    return write


@pytest.mark.parametrize(
    ("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
def test_a_compressed_file_gives_the_bars_and_the_digest_of_what_is_in_it(
    tmp_path: Path, ending: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"acme.csv.{ending}"
    path.write_bytes(pack(PLAIN))
    imported = read_bars(path)
    assert imported.bars.symbol == "acme"
    assert imported.bars.close.tolist() == [11.0, 12.0, 13.0]
    assert imported.source_digest == digest_bytes(PLAIN)


def test_a_zip_of_one_file_is_that_file(make_zip: Callable[..., Path]) -> None:
    imported = read_bars(make_zip(**{"data/acme.csv": PLAIN}))
    assert imported.bars.symbol == "acme"
    assert imported.source_digest == digest_bytes(PLAIN)
    assert imported.source.endswith("bars.zip > data/acme.csv")


def test_a_zip_of_several_files_is_several_symbols(make_zip: Callable[..., Path]) -> None:
    path = make_zip(**{"a.csv": PLAIN, "b.csv": OTHER, "README.txt": b"hello", "x/.b.csv": b""})
    assert [one.bars.symbol for one in read_every(path)] == ["a", "b"]
    assert read_bars(path, symbol="B").bars.close[0] == 11.5
    with pytest.raises(SymbolUnclear, match="2 symbols"):
        read_bars(path)


def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    make_zip: Callable[..., Path],
) -> None:
    path = make_zip(**{"a.csv": PLAIN, "b.csv": b"", "c.csv": OTHER})
    found, [refused] = read_both(path)
    assert [one.bars.symbol for one in found] == ["a", "c"]
    assert refused.source.endswith("> b.csv")
    assert refused.to_json()["was"] == "an empty file"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.csv", "/etc/passwd.csv", "..\\up.csv", "C:/bars.csv"]
)
def test_a_member_whose_name_leads_out_of_the_archive_is_refused(
    make_zip: Callable[..., Path], name: str
) -> None:
    path = make_zip(**{name: PLAIN})
    with pytest.raises(ArchiveRefused, match="a name that leads out of the archive"):
        read_bars(path)


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    info = zipfile.ZipInfo("bars.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(ArchiveRefused, match="a link to another file"):
        read_bars(path)


def test_a_member_behind_a_password_is_refused(make_zip: Callable[..., Path]) -> None:
    path = make_zip(**{"a.csv": PLAIN})
    content = bytearray(path.read_bytes())
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveRefused, match="a password"):
        read_bars(path)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_file_that_unfolds_without_measure_is_stopped(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(pack(b"0" * (80 << 20)))
    with pytest.raises(ArchiveRefused, match="more than 200 times"):
        read_bars(path)


def test_a_zip_that_unfolds_without_measure_is_stopped(make_zip: Callable[..., Path]) -> None:
    path = make_zip(**{"a.csv": PLAIN + b"2020-01-07,12,14,11,13,1\n" * (4 << 20), "b.csv": PLAIN})
    [fine], [bomb] = read_both(path)
    assert isinstance(bomb.error, ArchiveRefused)
    assert fine.bars.symbol == "b"


def zipped(content: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.csv", content)
    return target.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
def test_archives_within_archives_are_not_opened(
    make_zip: Callable[..., Path], pack: Callable[[bytes], bytes]
) -> None:
    path = make_zip(**{"a.csv.gz": pack(PLAIN)})
    with pytest.raises(ArchiveRefused, match="an archive within an archive"):
        read_bars(path)


def test_a_spreadsheet_is_called_one(make_zip: Callable[..., Path]) -> None:
    with pytest.raises(ArchiveRefused, match="a spreadsheet; export its sheet"):
        read_bars(make_zip(**{"[Content_Types].xml": b"", "xl/workbook.xml": b""}))


def test_an_archive_without_bars_says_so(make_zip: Callable[..., Path]) -> None:
    with pytest.raises(ArchiveRefused, match="no file of bars in it"):
        read_bars(make_zip(**{"a.pdf": b"", "README.md": b""}))


@pytest.mark.parametrize("cut", [4, 30, 60, 120])
@pytest.mark.parametrize("ending", ["zip", "gz"])
def test_an_archive_that_breaks_off_is_damaged(tmp_path: Path, cut: int, ending: str) -> None:
    content = zipped(PLAIN) if ending == "zip" else gzip.compress(PLAIN)
    path = tmp_path / f"a.csv.{ending}"
    path.write_bytes(content[:cut] if cut < len(content) else content[:-5])
    with pytest.raises(ArchiveRefused, match="was damaged"):
        read_bars(path)


def test_any_byte_of_an_archive_may_be_wrong(tmp_path: Path) -> None:
    content = zipped(PLAIN)
    path = tmp_path / "a.zip"
    for place in range(0, len(content), 3):
        broken = bytearray(content)
        broken[place] ^= 0xFF
        path.write_bytes(broken)
        for one in read_both(path)[0]:
            assert one.bars.close[0] == 11.0


@pytest.mark.parametrize(
    ("content", "was"),
    [
        (b"7z\xbc\xaf'\x1c", "a 7z archive"),
        (b"Rar!\x1a\x07\x00", "a RAR archive"),
        (b"\0" * 257 + b"ustar\x0000", "a tar archive"),
    ],
)
def test_other_archives_are_named(tmp_path: Path, content: bytes, was: str) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(content)
    with pytest.raises(ArchiveRefused, match=was):
        read_bars(path)


@pytest.mark.parametrize(
    ("content", "was"),
    [
        (b"%PDF-1.4", "a PDF document"),
        (b"SQLite format 3\0", "a SQLite database"),
        (b"FEA1", "a Feather file of the first version"),
        (b"\n<!DOCTYPE html><html>Sign in", "a message: a web page"),
    ],
)
def test_files_of_another_trade_are_named(tmp_path: Path, content: bytes, was: str) -> None:
    path = tmp_path / "bars.csv"
    path.write_bytes(content)
    with pytest.raises(NotATable, match=was):
        read_bars(path)


def test_times_of_a_zipped_file_are_those_of_the_plain_one(make_zip: Callable[..., Path]) -> None:
    closes = read_bars(make_zip(**{"a.csv": PLAIN})).bars.closed_at
    assert closes[0] == np.datetime64("2020-01-02T21:00")
