"""The treaty of Checkpoints, kept by every memory of them there is."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.adapters import MemoryCheckpoints, SqlCheckpoints, SqlRegistry
from bellwether.clock import FixedClock
from bellwether.registry import RegistryUnavailable
from bellwether.service import OptionOutOfRange
from bellwether.watch import Checkpoint, Checkpoints

NOW = np.datetime64("2019-01-02T12:00", "us")
SECOND = np.timedelta64(1, "s")
MICROSECOND = np.timedelta64(1, "us")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def checkpoints(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Checkpoints]:
    if request.param == "memory":
        yield MemoryCheckpoints()
        return
    place: Path | str = tmp_path / "deep" / "registry.sqlite"
    if request.param == "postgresql":
        place = request.getfixturevalue("postgres_url")
    opened = SqlCheckpoints(place)
    yield opened
    opened.close()


def point(name: str, number: int = 1, **content: Any) -> Checkpoint:
    return Checkpoint(name=name, number=number, content=content)


def names(found: Any) -> list[str]:
    return [one.name for one in found]


def test_nothing_is_kept_at_first(checkpoints: Checkpoints) -> None:
    assert checkpoints.load("a") is None
    assert list(checkpoints.find("")) == []
    checkpoints.save([])
    checkpoints.drop("")
    checkpoints.release("tick", "me")


def test_what_was_kept_comes_back_to_the_last_bit(checkpoints: Checkpoints) -> None:
    content = {"e": 0.1 + 0.2, "tiny": 5e-324, "whole": 2**53 + 1, "words": "Ä – β", "none": None}
    one = point("standing/Ä", 7, **content, list=[[1, 2.5], {}])
    checkpoints.save([one])
    assert checkpoints.load("standing/Ä") == one
    assert list(checkpoints.find("standing/")) == [one]


def test_a_checkpoint_takes_the_place_of_the_one_of_its_name(checkpoints: Checkpoints) -> None:
    checkpoints.save([point("a", 1), point("b", 1)])
    checkpoints.save([point("a", 2, x=1), point("c", 2), point("c", 3)])
    assert [(one.name, one.number) for one in checkpoints.find("")] == [
        ("a", 2),
        ("b", 1),
        ("c", 3),
    ]


def test_checkpoints_are_found_by_the_letters_they_begin_with(checkpoints: Checkpoints) -> None:
    every = ["Watch/a", "watch/", "watch/%", "watch/B", "watch/a", "watch/a_", "watch_a", "ätch/a"]
    checkpoints.save([point(name) for name in reversed(every)])
    assert names(checkpoints.find("")) == sorted(every)
    assert names(checkpoints.find("watch/")) == [
        "watch/",
        "watch/%",
        "watch/B",
        "watch/a",
        "watch/a_",
    ]
    assert names(checkpoints.find("watch/%")) == ["watch/%"]
    assert names(checkpoints.find("watch_")) == ["watch_a"]
    checkpoints.drop("watch/a")
    assert names(checkpoints.find("watch/")) == ["watch/", "watch/%", "watch/B"]


@pytest.mark.parametrize("name", ["", "x" * 201])
def test_a_name_has_a_length(name: str) -> None:
    with pytest.raises(OptionOutOfRange):
        point(name)


def test_what_has_no_json_is_kept_by_nobody(checkpoints: Checkpoints) -> None:
    with pytest.raises(ValueError, match="JSON"):
        checkpoints.save([point("a"), point("b", x=float("nan"))])
    assert list(checkpoints.find("")) == []


def test_a_lease_is_held_by_one_at_a_time(checkpoints: Checkpoints) -> None:
    assert checkpoints.lease("tick", "me", now=NOW, seconds=60)
    assert not checkpoints.lease("tick", "you", now=NOW, seconds=60)
    assert checkpoints.lease("other", "you", now=NOW, seconds=60)
    checkpoints.release("tick", "you")
    assert not checkpoints.lease("tick", "you", now=NOW, seconds=60)
    checkpoints.release("tick", "me")
    assert checkpoints.lease("tick", "you", now=NOW, seconds=60)


def test_a_lease_that_is_not_renewed_ends_by_itself(checkpoints: Checkpoints) -> None:
    assert checkpoints.lease("tick", "me", now=NOW, seconds=60)
    assert checkpoints.lease("tick", "me", now=NOW + 30 * SECOND, seconds=60)
    end = NOW + 90 * SECOND
    assert not checkpoints.lease("tick", "you", now=end - MICROSECOND, seconds=60)
    assert checkpoints.lease("tick", "you", now=end, seconds=60)
    assert not checkpoints.lease("tick", "me", now=end, seconds=60)


@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["save", "drop", "find"]),
            st.text("aAb/_%", min_size=1, max_size=3),
            st.integers(0, 9),
        ),
        max_size=20,
    )
)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_database_and_its_twin_in_memory_come_to_the_same(
    acts: list[tuple[str, str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    kept = SqlCheckpoints(tmp_path_factory.mktemp("any") / "registry.sqlite")
    twin = MemoryCheckpoints()
    for act, name, number in acts:
        for one in (kept, twin):
            if act == "save":
                one.save([point(name, number, n=number)])
            elif act == "drop":
                one.drop(name)
        assert list(kept.find(name)) == list(twin.find(name))
    assert list(kept.find("")) == list(twin.find(""))
    kept.close()


TAKER = """
import sys
import numpy as np
from bellwether.adapters import SqlCheckpoints
now = np.datetime64("2019-01-02T12:00", "us")
print(SqlCheckpoints(sys.argv[1]).lease("tick", sys.argv[2], now=now, seconds=60))
"""


def test_of_several_processes_one_gets_the_lease(tmp_path: Path) -> None:
    place = tmp_path / "registry.sqlite"
    takers = [
        subprocess.Popen(
            [sys.executable, "-c", TAKER, str(place), owner], stdout=subprocess.PIPE, text=True
        )
        for owner in "abc"
    ]
    told = [taker.communicate(timeout=60)[0].strip() for taker in takers]
    assert sorted(told) == ["False", "False", "True"]


def test_they_share_the_file_of_the_registry(tmp_path: Path) -> None:
    place = tmp_path / "registry.sqlite"
    registry = SqlRegistry(place, FixedClock(NOW))
    kept = SqlCheckpoints(place)
    kept.save([point("a")])
    assert kept.file == place
    assert registry.records() == ()
    other = SqlCheckpoints(place)
    assert names(other.find("")) == ["a"]
    for one in (registry, kept, other):
        one.close()


def test_a_damaged_checkpoint_says_so_and_can_be_dropped(tmp_path: Path) -> None:
    place = tmp_path / "registry.sqlite"
    kept = SqlCheckpoints(place)
    kept.save([point("a"), point("b")])
    with closing(sqlite3.connect(place, isolation_level=None)) as connection:
        connection.execute("UPDATE checkpoints SET content = '{' WHERE name = 'a'")
    with pytest.raises(RegistryUnavailable, match="damaged"):
        kept.load("a")
    kept.drop("a")
    assert names(kept.find("")) == ["b"]
    kept.close()


def test_a_database_that_cannot_be_had_is_unavailable(tmp_path: Path) -> None:
    place = tmp_path / "registry.sqlite"
    place.write_bytes(b"no database" * 100)
    with pytest.raises(RegistryUnavailable):
        SqlCheckpoints(place)
    late = SqlCheckpoints(place, opens_late=True)
    with pytest.raises(RegistryUnavailable):
        late.save([point("a")])
    late.close()
