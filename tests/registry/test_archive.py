"""A zip that is more, or less, than the plain one a bundle is."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwether.registry import BundleCorrupt
from bellwether.registry._archive import MOST_PARTS, pack_archive, unpack_archive

PARTS = {"manifest.json": b"{}", "golden/in/bars.npy": b"12345", "empty": b""}
END = 22


def zip_of(*entries: tuple[zipfile.ZipInfo | str, bytes], comment: bytes = b"") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.comment = comment
        for entry, content in entries:
            archive.writestr(entry, content)
    return packed.getvalue()


def entry(name: str = "a", **facts: object) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name)
    for fact, value in facts.items():
        setattr(found, fact, value)
    return found


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.from_regex(r"[a-z][a-z0-9_.-]{0,9}(/[a-z0-9]{1,5})?", fullmatch=True),
        st.binary(max_size=50),
        max_size=8,
    )
)
def test_what_is_packed_comes_back_in_its_order(parts: dict[str, bytes]) -> None:
    found = unpack_archive(pack_archive(parts), "m")
    assert list(found.items()) == list(parts.items())


def test_the_usual_reader_finds_the_same_parts() -> None:
    with zipfile.ZipFile(io.BytesIO(pack_archive(PARTS))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == PARTS


@pytest.mark.parametrize("at", [1, 40, 2**31])
def test_a_list_that_names_another_place_for_a_part_is_refused(at: int) -> None:
    # The usual reader goes by the list: it would see other parts than ours.
    content = bytearray(pack_archive(PARTS))
    [start] = struct.unpack_from("<L", content, len(content) - END + 16)
    struct.pack_into("<L", content, start + 42, at)
    with pytest.raises(BundleCorrupt, match="not where the list says"):
        unpack_archive(bytes(content), "m")


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zip_of(("a", b"1"), ("a", b"2"))


def overlapping() -> bytes:
    """Return a file whose second entry is a part of the first."""
    inner = pack_archive({"b": b"inner"})
    whole = pack_archive({"a": inner})
    [at] = [place for place in range(40) if whole[place : place + 4] == inner[:4] and place]
    listed = zip_of(("b", b"inner"))[-END - 47 : -END]
    listed = listed[:42] + struct.pack("<L", at) + listed[46:]
    end = bytearray(whole[-END:])
    n_bytes, start = struct.unpack_from("<LL", end, 12)
    struct.pack_into("<HHLL", end, 8, 2, 2, n_bytes + len(listed), start)
    return whole[:-END] + listed + bytes(end)


@pytest.mark.parametrize(
    "make",
    [
        lambda: b"",
        lambda: b"PK",
        lambda: b"x" * 5000,
        lambda: b"x" + pack_archive(PARTS),
        lambda: pack_archive(PARTS) + b"x",
        lambda: pack_archive(PARTS)[:-1],
        lambda: zip_of(("a", b"1"), comment=b"hello"),
        lambda: zip_of((entry(extra=b"\x01\x00\x02\x00ab"), b"1")),
        lambda: zip_of((entry(comment=b"hello"), b"1")),
        lambda: zip_of((entry(compress_type=zipfile.ZIP_DEFLATED), b"1" * 100)),
        lambda: zip_of((entry(external_attr=0o120777 << 16), b"/etc/passwd")),
        lambda: zip_of((entry("folder/"), b"")),
        lambda: zip_of(("../up", b"1")),
        lambda: zip_of(("/root", b"1")),
        lambda: zip_of(("a//b", b"1")),
        lambda: zip_of(("a\\b", b"1")),
        lambda: zip_of(("ä", b"1")),
        lambda: zip_of(("a" * 300, b"1")),
        lambda: zip_of((".hidden", b"1")),
        twice,
        overlapping,
        lambda: zip_of(*((f"part{i}", b"") for i in range(MOST_PARTS + 1))),
    ],
)
def test_a_zip_of_any_other_form_is_refused(make: Callable[[], bytes]) -> None:
    with pytest.raises(BundleCorrupt):
        unpack_archive(make(), "m")


def test_an_encrypted_part_is_refused() -> None:
    content = bytearray(zip_of(("a", b"1")))
    at = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[at + 8] |= 1
    with pytest.raises(BundleCorrupt, match="encrypted"):
        unpack_archive(bytes(content), "m")


def test_a_zip64_end_is_refused() -> None:
    packed = pack_archive(PARTS)
    end = bytearray(packed[-END:])
    struct.pack_into("<HHLL", end, 8, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF)
    with pytest.raises(BundleCorrupt):
        unpack_archive(packed[:-END] + bytes(end), "m")


@pytest.mark.timeout(5)
def test_a_list_of_a_million_parts_is_refused_before_it_is_read() -> None:
    listed = zip_of(("a", b""))[-END - 47 : -END]
    many = listed * 100_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 50_000, 50_000, len(many), 0, 0)
    with pytest.raises(BundleCorrupt, match="more than"):
        unpack_archive(many + end, "m")


@settings(max_examples=300)
@given(place=st.integers(0, 400), value=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_changes_no_part(place: int, value: int) -> None:
    content = bytearray(pack_archive(PARTS))
    content[place % len(content)] = value
    try:
        found = unpack_archive(bytes(content), "m")
    except BundleCorrupt:
        return
    assert found == PARTS
