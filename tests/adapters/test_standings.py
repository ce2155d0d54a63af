"""Standings are read where watching left them, remembered, and never in anybody's way."""

import logging
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bellwether.adapters import (
    CheckpointStandings,
    MemoryCheckpoints,
    SqlCheckpoints,
    open_predict_ports,
    open_standings,
)
from bellwether.monitor import ChosenRegime, RegimeChoice, Standing
from bellwether.registry import RegistryUnavailable
from bellwether.watch import Checkpoint

AMBER = Standing(
    model_id="m-1",
    condition="amber",
    accuracy=0.52,
    fallback_accuracy=0.51,
    confidence_factor=0.85,
    edge_factor=0.4,
    as_of="2019-01-02T21:00:00.000000",
    words="52 of 100",
)
RED = replace(AMBER, condition="red", answers=False)


def keep(checkpoints: Any, *standings: Standing, **others: Mapping[str, Any]) -> None:
    named = {**{one.model_id: one.to_json() for one in standings}, **others}
    checkpoints.save(
        [Checkpoint(name=f"standing/{key}", number=1, content=one) for key, one in named.items()]
    )


class Counted:
    """Checkpoints that count how often they are read, and fail when told to."""

    def __init__(self, checkpoints: Any) -> None:
        self._checkpoints = checkpoints
        self.n_reads = 0
        self.is_broken = False

    def find(self, prefix: str) -> Sequence[Checkpoint]:
        self.n_reads += 1
        if self.is_broken:
            raise RegistryUnavailable("the database", "gone")
        found: Sequence[Checkpoint] = self._checkpoints.find(prefix)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._checkpoints, name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "registry.sqlite"


def test_nobody_is_watched_until_somebody_is(path: Path) -> None:
    standings = open_standings(path)
    assert standings.find("m-1") is None
    keep(SqlCheckpoints(path), AMBER)
    assert (standings.find("m-1"), standings.find("m-2")) == (AMBER, None)


def test_they_are_read_once_until_somebody_commits(path: Path) -> None:
    checkpoints = Counted(SqlCheckpoints(path))
    keep(checkpoints, AMBER)
    standings = CheckpointStandings(checkpoints, path)
    assert {standings.find("m-1") for _ in range(9)} == {AMBER}
    assert standings.find("m-2") is None
    assert checkpoints.n_reads == 1
    keep(SqlCheckpoints(path), RED)
    assert standings.find("m-1") == RED
    assert checkpoints.n_reads == 2


def test_another_process_decides_and_the_next_question_knows(path: Path) -> None:
    standings = open_standings(path)
    keep(SqlCheckpoints(path), AMBER)
    assert standings.find("m-1") == AMBER
    script = f"""
from bellwether.adapters import SqlCheckpoints
from bellwether.watch import Checkpoint
SqlCheckpoints({str(path)!r}).save(
    [Checkpoint(name="standing/m-1", number=2, content={RED.to_json()!r})]
)
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    assert standings.find("m-1") == RED


def test_what_cannot_be_read_now_is_what_was_last_read(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    checkpoints = Counted(SqlCheckpoints(path))
    standings = CheckpointStandings(checkpoints)
    checkpoints.is_broken = True
    assert standings.find("m-1") is None
    keep(checkpoints, AMBER)
    checkpoints.is_broken = False
    assert standings.find("m-1") == AMBER
    checkpoints.is_broken = True
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        assert {standings.find("m-1") for _ in range(5)} == {AMBER}
    assert len([one for one in caplog.records if "standings_unreadable" in one.message]) == 1


def test_one_that_is_damaged_takes_no_other_along(path: Path) -> None:
    checkpoints = MemoryCheckpoints()
    keep(checkpoints, AMBER, replace(AMBER, model_id="m-2"))
    standings = CheckpointStandings(checkpoints)
    assert standings.find("m-2") is not None
    keep(checkpoints, RED, **{"m-2": {"condition": "purple"}, "m-3": {}})
    assert standings.find("m-1") == RED
    assert standings.find("m-2") == replace(AMBER, model_id="m-2"), "as it was last known"
    assert standings.find("m-3") is None


def test_a_database_that_cannot_be_read_says_nothing_of_anybody(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)
    assert open_standings(path, opens_late=True).find("m-1") is None
    with pytest.raises(RegistryUnavailable):
        open_standings(path)


def test_the_process_that_answers_reads_those_of_its_home(tmp_path: Path) -> None:
    ports = open_predict_ports(home=str(tmp_path))
    keep(SqlCheckpoints(tmp_path / "registry.sqlite"), AMBER)
    assert ports.standings is not None
    assert ports.standings.find("m-1") == AMBER


def test_after_closing_they_are_read_anew(path: Path) -> None:
    standings = open_standings(path)
    keep(SqlCheckpoints(path), AMBER)
    assert standings.find("m-1") == AMBER
    standings.close()
    assert standings.find("m-1") == AMBER


def test_reading_them_costs_a_service_no_library_of_training(tmp_path: Path) -> None:
    script = f"""
import sys
from bellwether.adapters import SqlCheckpoints, open_standings
from bellwether.watch import Checkpoint
place = {str(tmp_path / "registry.sqlite")!r}
SqlCheckpoints(place).save(
    [Checkpoint(name="standing/m-1", number=1, content={AMBER.to_json()!r})]
)
assert open_standings(place).find("m-1") is not None
heavy = ("torch", "xgboost", "numba", "scipy", "pandas", "polars")
print([name for name in heavy if name in sys.modules])
"""
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"


CHOICE = RegimeChoice(
    champion="new",
    chosen="old",
    regimes=(ChosenRegime(regime="ranging", n_bars=400, t=3.4, p=0.0003),),
    rests_on="d",
)


def keep_choice(checkpoints: Any, content: Mapping[str, Any], market: str = "m") -> None:
    name = f"regime-choice/{market}"
    checkpoints.save([Checkpoint(name=name, number=1, content=content)])


def test_a_choice_is_found_for_its_own_two_models(path: Path) -> None:
    standings = open_standings(path)
    assert standings.find_choice("new", "old") is None
    keep_choice(SqlCheckpoints(path), CHOICE.to_json())
    assert standings.find_choice("new", "old") == CHOICE
    assert standings.find_choice("old", "new") is None
    assert standings.find("new") is None, "it is no standing"


def test_choices_are_read_once_until_somebody_commits(path: Path) -> None:
    checkpoints = Counted(SqlCheckpoints(path))
    keep_choice(checkpoints, CHOICE.to_json())
    standings = CheckpointStandings(checkpoints, path)
    assert {standings.find_choice("new", one) for one in ("old", "older")} == {CHOICE, None}
    assert checkpoints.n_reads == 1
    checkpoints.is_broken = True
    keep_choice(SqlCheckpoints(path), {})
    assert standings.find_choice("new", "old") == CHOICE, "as it was last known"
    checkpoints.is_broken = False
    assert standings.find_choice("new", "old") is None


def test_a_damaged_choice_is_none_and_takes_no_other_along(path: Path) -> None:
    checkpoints = MemoryCheckpoints()
    keep_choice(checkpoints, CHOICE.to_json())
    keep_choice(checkpoints, {"champion": "other"}, "n")
    standings = CheckpointStandings(checkpoints)
    assert standings.find_choice("new", "old") == CHOICE
    assert standings.find_choice("other", "old") is None


def test_the_process_that_answers_follows_the_choices_of_its_home(tmp_path: Path) -> None:
    ports = open_predict_ports(home=str(tmp_path))
    keep_choice(SqlCheckpoints(tmp_path / "registry.sqlite"), CHOICE.to_json())
    assert ports.choices is not None
    assert ports.choices.find_choice("new", "old") == CHOICE
