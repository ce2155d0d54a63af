import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bellwether.adapters import WorkStore

ARRAYS = {
    "weights": np.arange(12, dtype=np.float32).reshape(3, 4),
    "digest": np.array([1.5, np.nan]),
    "file": np.frombuffer(b"model bytes", dtype=np.uint8),
    "name": np.array("text"),
    "none": np.empty((0, 3)),
}


def assert_same(found: dict[str, NDArray[Any]] | None) -> None:
    assert found is not None
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype


def test_what_was_put_is_got(tmp_path: Path) -> None:
    store = WorkStore(tmp_path / "new")
    store.put("fold 1", ARRAYS)
    assert_same(WorkStore(tmp_path / "new").get("fold 1"))


def test_what_was_never_put_is_a_miss(tmp_path: Path) -> None:
    assert WorkStore(tmp_path).get("fold 1") is None
    assert WorkStore(tmp_path / "nowhere").get("fold 1") is None


def test_a_second_put_replaces_the_first(tmp_path: Path) -> None:
    store = WorkStore(tmp_path)
    store.put("fold 1", {"old": np.ones(3)})
    store.put("fold 1", ARRAYS)
    assert_same(store.get("fold 1"))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_entry_is_whole_or_a_miss_that_is_gone(
    tmp_path: Path, data: st.DataObject
) -> None:
    store = WorkStore(tmp_path)
    store.put("fold 1", ARRAYS)
    path = store.path("fold 1")
    content = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    found = store.get("fold 1")
    if found is None:
        assert not path.exists()
    else:
        assert_same(found)


def test_an_entry_under_another_key_is_a_miss(tmp_path: Path) -> None:
    store = WorkStore(tmp_path)
    store.put("fold 1", ARRAYS)
    store.path("fold 1").rename(store.path("fold 2"))
    assert store.get("fold 2") is None


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    store = WorkStore(tmp_path)
    store.put("fold 1", ARRAYS)
    np.savez(store.path("fold 1"), evil=np.array([{}], dtype=object))
    assert store.get("fold 1") is None


def test_objects_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="objects"):
        WorkStore(tmp_path).put("fold 1", {"evil": np.array([{}], dtype=object)})
    assert list(tmp_path.iterdir()) == []


def test_work_that_cannot_be_kept_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = WorkStore(tmp_path / "file")
    store.put("fold 1", ARRAYS)
    assert store.get("fold 1") is None


def test_a_folder_in_the_place_of_an_entry_is_a_miss(tmp_path: Path) -> None:
    store = WorkStore(tmp_path)
    store.path("fold 1").mkdir()
    assert store.get("fold 1") is None


WRITER = """
import sys
from pathlib import Path
import numpy as np
from bellwether.adapters import WorkStore
store = WorkStore(Path(sys.argv[1]))
turn = 0
while True:
    store.put("fold 1", {"turn": np.full(200_000, turn)})
    turn += 1
    if turn == 3:
        print("writing", flush=True)
"""


def test_a_killed_writer_leaves_a_whole_entry(tmp_path: Path) -> None:
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        found = WorkStore(tmp_path).get("fold 1")
        assert found is not None
        assert (found["turn"] == found["turn"][0]).all()
