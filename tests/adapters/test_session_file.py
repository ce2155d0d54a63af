"""Sessions are kept in a file, which says what the library says."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bellwether.adapters import keep_sessions
from bellwether.bars import UnknownCalendar
from bellwether.sources import find_sessions

FIRST, LAST = np.datetime64("2019-06-03"), np.datetime64("2020-06-01")
DAY = np.timedelta64(1, "D")
LIGHT = """
import sys
from pathlib import Path
import numpy as np
from bellwether.adapters import keep_sessions
keep_sessions(Path(sys.argv[1]), "XNYS", np.datetime64("2019-06-03"), np.datetime64("2020-06-01"))
print("pandas" in sys.modules)
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which New York's sessions were kept."""
    folder = tmp_path_factory.mktemp("kept") / "calendars"
    keep_sessions(folder, "XNYS", FIRST, LAST)
    return folder


@pytest.mark.parametrize("name", ["XNYS", "24/7", "weekdays"])
@pytest.mark.parametrize(("first", "last"), [(FIRST, LAST), (FIRST + 9 * DAY, LAST + 90 * DAY)])
def test_a_file_says_what_the_library_says(
    kept: Path, name: str, first: np.datetime64, last: np.datetime64
) -> None:
    found, expected = keep_sessions(kept, name, first, last), find_sessions(name, first, last)
    np.testing.assert_array_equal(found.days, expected.days)
    np.testing.assert_array_equal(found.closes_at, expected.closes_at)
    assert (found.name, str(found.closes_at.dtype)) == (name, "datetime64[us]")


def test_neither_making_nor_reading_the_file_loads_the_library_here(tmp_path: Path) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", LIGHT, str(tmp_path)], capture_output=True, text=True, check=True
        )
        assert done.stdout == "False\n"
    assert [path.name for path in tmp_path.iterdir()] == ["XNYS.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"library": "0", "first": "2000-01-01", "last": "2030-01-01", "sessions": {}}',
    ],
)
def test_a_file_that_is_no_use_is_made_anew(kept: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "XNYS.json").write_bytes(content)
    found = keep_sessions(tmp_path, "XNYS", FIRST, LAST)
    assert len(found.days) == len(find_sessions("XNYS", FIRST, LAST).days)
    made = (tmp_path / "XNYS.json").read_bytes()
    assert made == (kept / "XNYS.json").read_bytes()


def test_sessions_out_of_order_are_not_believed(kept: Path, tmp_path: Path) -> None:
    content = json.loads((kept / "XNYS.json").read_bytes())
    content["sessions"]["closes_at"].reverse()
    (tmp_path / "XNYS.json").write_text(json.dumps(content))
    found = keep_sessions(tmp_path, "XNYS", FIRST, LAST)
    assert (np.diff(found.closes_at) > np.timedelta64(0)).all()


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert len(keep_sessions(tmp_path / "file" / "calendars", "XNYS", FIRST, LAST).days) > 200


def test_an_unknown_calendar_is_told_by_its_nearest(tmp_path: Path) -> None:
    with pytest.raises(UnknownCalendar, match="XNYS"):
        keep_sessions(tmp_path, "XNYZ", FIRST, LAST)
    assert list(tmp_path.iterdir()) == []
