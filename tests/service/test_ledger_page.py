"""The ledger for a page: families with what is left for the next look, entries the latest first."""

from typing import Any

from bellwether.service import TrialFilter, read_ledger, show_ledger
from bellwether.trials import Trial, TrialKind
from bellwether.validation import critical_t


def trial(kind: TrialKind, snapshot: str, pipeline: str = "p1", day: int = 1) -> Trial:
    return Trial(
        kind=kind,
        pipeline=pipeline,
        snapshot=snapshot,
        lineage=(f"of {snapshot}",),
        recorded_at=f"2020-01-{day:02d}T00:00:00",
        note=f"{kind} of {pipeline}",
    )


TRIALS = (
    trial("fit", "s1", day=1),
    trial("look", "s1", day=2),
    trial("fit", "s2", "p2", day=3),
    trial("look", "s1", "p3", day=4),
    trial("look", "s2", "p2", day=5),
)
SYMBOLS = {"s1": ("AAA", "BBB"), "s2": ("CCC",)}


def show(**wanted: Any) -> dict[str, Any]:
    ledger = read_ledger(TRIALS, level=0.01, markets={"s1": "first/1d/h1"})
    return show_ledger(ledger, TRIALS, SYMBOLS, TrialFilter(**wanted))


def test_families_say_what_is_left_for_the_next_look() -> None:
    first, second = show()["families"]
    assert (first["family"], first["markets"], first["symbols"]) == (
        1,
        ["first/1d/h1"],
        ["AAA", "BBB"],
    )
    assert (first["n_pipelines"], first["n_looks"]) == (2, 2)
    assert first["alpha_for_a_new_pipeline"] == 0.01 / 3
    assert first["critical_t_for_a_new_pipeline"] == critical_t(0.01 / 3)
    assert first["pipelines"][0]["first_look_at"] == "2020-01-02T00:00:00Z"
    assert (second["symbols"], second["n_by_kind"]["fit"]) == (["CCC"], 1)


def test_entries_come_latest_first_page_by_page() -> None:
    first = show(limit=2)
    assert [one["number"] for one in first["trials"]] == [5, 4]
    second = show(limit=2, cursor=first["next_cursor"])
    assert [one["number"] for one in second["trials"]] == [3, 2]
    last = show(limit=2, cursor=second["next_cursor"])
    assert ([one["number"] for one in last["trials"]], last["next_cursor"]) == ([1], None)
    assert show(cursor=0)["trials"] == []
    assert len(show(cursor=10**17)["trials"]) == 5


def test_entries_of_one_kind_or_symbol_can_be_asked_for() -> None:
    assert [one["number"] for one in show(kind="look")["trials"]] == [5, 4, 2]
    of_symbol = show(symbol="CCC", kind="look")
    assert [one["number"] for one in of_symbol["trials"]] == [5]
    assert [one["family"] for one in of_symbol["families"]] == [2]
    assert show(symbol="nobody")["families"] == []
    assert show(symbol="nobody")["trials"] == []
