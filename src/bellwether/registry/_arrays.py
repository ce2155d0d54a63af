"""Arrays in a bundle: read without evaluating anything.

The usual reader of `.npy` gives the head to Python's parser and believes its shape; a head made
to harm exhausts the one, a lying shape the memory. The heads that bundles have are of one form.
"""

import io
import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bellwether.registry._errors import BundleCorrupt

_MAGIC = b"\x93NUMPY\x01\x00"
_MOST_HEAD_BYTES = 512
_HEAD = re.compile(
    rb"\{'descr': '(<f8|<f4|<i8|<i4|\|b1|\|i1|\|u1)', 'fortran_order': False, "
    rb"'shape': \(((?:\d{1,12}, ?)*(?:\d{1,12})?)\), \} *\n"
)
_START = len(_MAGIC) + 2


def pack_array(array: NDArray[Any]) -> bytes:
    """Return an array of numbers as the content of a `.npy` file."""
    written = io.BytesIO()
    np.lib.format.write_array(written, np.asarray(array, order="C"), allow_pickle=False)
    return written.getvalue()


def unpack_array(content: bytes, part: str, name: str) -> NDArray[Any]:
    """Return the array in a `.npy` file.

    Parameters
    ----------
    content : bytes
    part, name : str
        What to call the part and its bundle in errors.

    Raises
    ------
    BundleCorrupt
        If it holds anything but numbers in one of the plain forms, or more or fewer bytes than
        its shape says.
    """
    stop = _START + int.from_bytes(content[len(_MAGIC) : _START], "little")
    if not content.startswith(_MAGIC) or stop > _START + _MOST_HEAD_BYTES:
        raise BundleCorrupt(name, part, "no array in the plain form")
    found = _HEAD.fullmatch(content[_START:stop])
    if found is None:
        raise BundleCorrupt(name, part, "an array of something else than numbers")
    dtype = np.dtype(found[1].decode("ascii"))
    shape = tuple(int(size) for size in found[2].replace(b" ", b"").split(b",") if size)
    if len(shape) > 8 or math.prod(shape) * dtype.itemsize != len(content) - stop:
        raise BundleCorrupt(name, part, f"{len(content) - stop} bytes for the shape {shape}")
    return np.frombuffer(content, dtype, offset=stop).reshape(shape).copy()
