"""The same content gives the same name, and other content another."""

import hashlib
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from bellwether.hashing import canonical_json, digest_arrays, digest_bytes, digest_json

Arrays = Mapping[str, NDArray[Any]]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def test_bytes_have_their_standard_digest() -> None:
    """FIPS 180-4, example of one block: "abc"."""
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_bytes(b"abc") == expected


@given(JSON)
def test_canonical_json_is_read_back_as_what_was_written(value: object) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert text.isascii()


@given(st.dictionaries(st.text(), JSON, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_matter(value: dict[str, object], random: Any) -> None:
    names = list(value)
    random.shuffle(names)
    shuffled = {name: value[name] for name in names}
    assert canonical_json(shuffled) == canonical_json(value)
    assert digest_json(shuffled) == digest_json(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": [1, 2.5], "a": {"d": None, "c": True}}, '{"a":{"c":true,"d":null},"b":[1,2.5]}'),
        ((), "[]"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e22, "1e+22"),
        (np.float64(0.1), "0.1"),
        ("größer\n", '"gr\\u00f6\\u00dfer\\n"'),
    ],
)
def test_canonical_json_is_this_text(value: object, text: str) -> None:
    assert canonical_json(value) == text


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 1.0),
        (1, True),
        (0, False),
        ("1", 1),
        (None, "null"),
        (0.0, -0.0),
        ([], {}),
        ([1], [[1]]),
    ],
)
def test_values_that_differ_in_kind_differ_in_digest(left: object, right: object) -> None:
    assert digest_json(left) != digest_json(right)


def test_a_tuple_is_a_list() -> None:
    assert digest_json((1, (2, 3))) == digest_json([1, [2, 3]])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [-float("inf")]}])
def test_a_number_that_json_does_not_know_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(value)


@pytest.mark.parametrize("value", [np.int64(1), np.ones(2), {1, 2}, b"a", {(1, 2): 3}])
def test_what_has_no_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


@pytest.mark.parametrize("key", [1, 1.5, True, None])
def test_a_key_that_is_no_text_is_refused(key: object) -> None:
    with pytest.raises(TypeError):
        canonical_json({key: "a"})


def test_arrays_are_hashed_as_name_dtype_shape_and_little_endian_content() -> None:
    content = b'["x","<f8",[3]]' + struct.pack("<3d", 1.0, -0.5, 2.0)
    content += b'["y","<i8",[1,2]]' + struct.pack("<2q", 7, -7)
    arrays: Arrays = {"y": np.array([[7, -7]]), "x": np.array([1.0, -0.5, 2.0])}
    assert digest_arrays(arrays) == hashlib.sha256(content).hexdigest()


@given(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(max_dims=3, min_side=0)))
def test_how_an_array_lies_in_memory_does_not_matter(values: NDArray[Any]) -> None:
    digest = digest_arrays({"x": values})
    assert digest_arrays({"x": np.asfortranarray(values)}) == digest
    assert digest_arrays({"x": np.repeat(values, 2, axis=0)[::2]}) == digest
    assert digest_arrays({"x": values.astype(values.dtype.newbyteorder(">"))}) == digest


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"x": np.ones(4)}, {"y": np.ones(4)}),
        ({"x": np.ones(4)}, {"x": np.ones(5)}),
        ({"x": np.ones(4)}, {"x": np.ones((2, 2))}),
        ({"x": np.empty((0, 3))}, {"x": np.empty((3, 0))}),
        ({"x": np.ones(4)}, {"x": np.ones(4, np.float32)}),
        ({"x": np.zeros(4)}, {"x": np.zeros(4, np.int64)}),
        ({"x": np.zeros(4, np.int64)}, {"x": np.zeros(4, "datetime64[us]")}),
        ({"x": np.zeros(4, "datetime64[ns]")}, {"x": np.zeros(4, "datetime64[us]")}),
        ({"x": np.array([0.0])}, {"x": np.array([-0.0])}),
        ({"x": np.array([1.0])}, {"x": np.array([np.nextafter(1.0, 2.0)])}),
        ({"x": np.arange(6).reshape(2, 3)}, {"x": np.arange(6).reshape(3, 2).T}),
        ({"x": np.ones(2), "y": np.ones(1)}, {"x": np.ones(1), "y": np.ones(2)}),
        ({"x": np.ones(1), "y": np.zeros(1)}, {"x": np.zeros(1), "y": np.ones(1)}),
        ({"x": np.ones(1)}, {"x": np.ones(1), "y": np.empty(0)}),
        ({}, {"": np.empty(0)}),
    ],
)
def test_arrays_that_differ_in_anything_differ_in_digest(left: Arrays, right: Arrays) -> None:
    assert digest_arrays(left) != digest_arrays(right)


def test_a_missing_number_equals_itself() -> None:
    holes = {"x": np.array([np.nan, 1.0])}
    assert digest_arrays(holes) == digest_arrays({"x": np.array([np.nan, 1.0])})


@given(st.integers(0, 7), st.integers(0, 63))
def test_every_single_bit_counts(place: int, bit: int) -> None:
    values = np.linspace(1.0, 2.0, 8)
    flipped = values.copy()
    flipped.view(np.uint64)[place] ^= np.uint64(1 << bit)
    assert digest_arrays({"x": flipped}) != digest_arrays({"x": values})


def test_a_single_number_is_not_an_array_of_one() -> None:
    assert digest_arrays({"x": np.array(1.0)}) != digest_arrays({"x": np.array([1.0])})


def test_objects_have_no_digest() -> None:
    with pytest.raises(TypeError):
        digest_arrays({"x": np.array(["a", None], dtype=object)})
