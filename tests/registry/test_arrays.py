import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from bellwether.registry import BundleCorrupt
from bellwether.registry._arrays import pack_array, unpack_array

DTYPES = st.sampled_from(["<f8", "<f4", "<i8", "<i4", "|b1", "|i1", "|u1"])


def npy(head: str, content: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    told = head.encode("latin-1") + b"\n"
    return b"\x93NUMPY" + version + len(told).to_bytes(2, "little") + told + content


@settings(max_examples=100)
@given(hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
def test_an_array_comes_back_bit_for_bit(array: NDArray[Any]) -> None:
    found = unpack_array(pack_array(array), "p", "m")
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.tobytes() == array.tobytes()


def saved(array: object) -> bytes:
    written = io.BytesIO()
    np.save(written, np.asarray(array), allow_pickle=True)
    return written.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        saved(np.array([{"run": "me"}], dtype=object)),
        saved(np.array(["text"])),
        saved(np.array([1j])),
        saved(np.array(["2020-01-01"], dtype="datetime64[us]")),
        saved(np.zeros(3, dtype=">f8")),
        saved(np.asfortranarray(np.zeros((3, 2)))),
        saved(np.zeros(3, dtype=[("a", "<f8")])),
        saved(np.zeros(3))[:-1],
        saved(np.zeros(3)) + b"x",
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,), }"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1 << 60,), }"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (" + "1, " * 99 + "), }", bytes(8)),
        npy("(" * 5000 + ")" * 5000),
        npy("-" * 9000 + "1"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", bytes(8), b"\x03\x00"),
    ],
)
def test_any_other_file_is_refused_and_nothing_in_it_evaluated(content: bytes) -> None:
    with pytest.raises(BundleCorrupt):
        unpack_array(content, "p", "m")
