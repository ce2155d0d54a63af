"""The treaty of Journal, kept by every journal there is."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bellwether.adapters import MemoryJournal, SqlJournal
from bellwether.bars import Bars
from bellwether.hashing import canonical_json
from bellwether.service import (
    Direction,
    EntryFilter,
    FallbackReason,
    Journal,
    JournalEntry,
    JournalHead,
    JournalTampered,
    OptionOutOfRange,
    Prediction,
    Rung,
    ServedAnswer,
    Settlement,
    SettlementOutcome,
    Source,
    SourceKind,
    UnknownPrediction,
    WindowMismatch,
    digest_state,
    digest_window,
)

MakeBars = Callable[[int, int], Bars]
NOW = np.datetime64("2019-01-02T12:00:00.000001", "us")
HOUR = np.timedelta64(1, "h")
STATE = {"probability_by_signal": (0.47, 0.52, 0.56)}


def answer(number: int = 0, **changed: Any) -> Prediction:
    told: dict[str, Any] = {
        "symbol": "A",
        "interval": "1d",
        "as_of": np.datetime64("2018-12-31T23:59:59.999999", "us") - np.timedelta64(number, "D"),
        "horizon_bars": 1,
        "direction": Direction.BUY,
        "probability_up": 0.55,
        "expected_return": 0.001,
        "interval_return": None,
        "confidence": 70.0,
        "price": 100.0 + number / 3.0,
        "target": None,
        "stop": None,
        "regime": None,
        "reasons": ("The model gives a rise over the next bar a chance of 55 % – “likely”.",),
        "source": Source(kind=SourceKind.MODEL, model_id="m", bundle_digest="b", state_digest="s"),
        "rung": Rung.CHAMPION,
        "fallback_reason": None,
        "bars_digest": f"bars {number}",
    }
    return Prediction(**{**told, **changed})


def settlement(prediction: Prediction, realized: float = 0.01) -> Settlement:
    return Settlement(
        prediction_id=prediction.prediction_id,
        closes_at=NOW,
        realized_return=realized,
        outcome=SettlementOutcome.HIT if realized > 0 else SettlementOutcome.MISS,
        settled_at=NOW,
    )


def open_journal(kind: str, place: Path | str) -> Journal:
    if kind == "memory":
        return MemoryJournal()
    return SqlJournal(place / "deep" / "journal.sqlite" if isinstance(place, Path) else place)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    on_server = request.param.endswith("postgresql")
    place = request.getfixturevalue("postgres_url") if on_server else tmp_path
    opened = open_journal(request.param, place)
    yield opened
    close(opened)


def close(journal: Journal) -> None:
    if isinstance(journal, SqlJournal):
        journal.close()


def ids(entries: tuple[JournalEntry, ...]) -> list[str]:
    return [entry.prediction_id for entry in entries]


def test_a_new_journal_is_empty_and_sound(journal: Journal) -> None:
    assert journal.head() == journal.verify() == journal.verify(JournalHead()) == JournalHead()
    assert journal.entries().entries == ()
    assert journal.append_many([]) == ()
    assert journal.settle([]) == ()


def test_an_answer_comes_back_as_it_was_served(journal: Journal) -> None:
    given = answer(fallback_reason=FallbackReason.LOW_CONFIDENCE, rung=Rung.PREVIOUS)
    entry = journal.append(given, NOW)
    assert journal.get(given.prediction_id) == entry
    assert canonical_json(entry.prediction) == canonical_json(given.to_json())
    assert (entry.number, entry.n_served, entry.settlement) == (1, 1, None)
    assert entry.first_served_at == entry.last_served_at == NOW
    assert entry.as_of == given.as_of
    assert (entry.symbol, entry.interval, entry.horizon_bars) == ("A", "1d", 1)
    assert (entry.rung, entry.reason) == (Rung.PREVIOUS, FallbackReason.LOW_CONFIDENCE)
    assert (entry.bundle_digest, entry.state_digest) == ("b", "s")
    assert (entry.direction, entry.bars_digest) == (Direction.BUY, "bars 0")
    assert journal.head() == JournalHead(number=1, digest=entry.digest)


def test_an_answer_without_any_bar_is_remembered_and_never_waits(journal: Journal) -> None:
    entry = journal.append(answer(as_of=None), NOW)
    assert entry.as_of is None
    assert ids(journal.entries().entries) == [entry.prediction_id]
    assert journal.entries(EntryFilter(settled=False)).entries == ()


def test_an_answer_given_again_is_counted_and_the_chain_stays(journal: Journal) -> None:
    first = journal.append(answer(), NOW)
    head = journal.head()
    again = journal.append(answer(), NOW + HOUR)
    assert (again.n_served, again.first_served_at, again.last_served_at) == (2, NOW, NOW + HOUR)
    assert again == replace(first, n_served=2, last_served_at=NOW + HOUR)
    assert journal.head() == head == journal.verify(head)
    assert journal.append(answer(), NOW - HOUR).last_served_at == NOW + HOUR


def test_every_part_of_the_identity_makes_an_entry_of_its_own(journal: Journal) -> None:
    source = answer().source
    variants = [
        answer(),
        answer(symbol="B"),
        answer(interval="1h"),
        answer(as_of=NOW),
        answer(horizon_bars=2),
        answer(source=replace(source, bundle_digest="c")),
        answer(source=replace(source, state_digest="t")),
        answer(rung=Rung.PREVIOUS),
        answer(fallback_reason=FallbackReason.MODEL_TOO_OLD),
        answer(bars_digest="other bars"),
    ]
    for variant in variants:
        journal.append(variant, NOW)
    assert ids(journal.entries().entries) == [one.prediction_id for one in variants]


def test_many_answers_are_remembered_together_with_their_repeats(journal: Journal) -> None:
    journal.append(answer(1), NOW)
    served = [
        ServedAnswer(prediction=answer(number), served_at=NOW + number * HOUR)
        for number in (0, 1, 0, 2, 1, 0)
    ]
    entries = journal.append_many(served)
    assert ids(entries) == [one.prediction.prediction_id for one in served]
    assert [entry.number for entry in entries] == [2, 1, 2, 3, 1, 2]
    assert [entry.n_served for entry in entries] == [3, 3, 3, 1, 3, 3]
    assert journal.verify().number == 3


def test_answers_may_be_recorded_without_their_entries(journal: Journal) -> None:
    served = [ServedAnswer(prediction=answer(number), served_at=NOW) for number in (0, 1, 0)]
    journal.record_many(served)
    journal.record_many([])
    twin = MemoryJournal()
    twin.append_many(served)
    assert journal.entries() == twin.entries()
    assert journal.verify() == twin.head()


def test_repeats_are_counted_by_id_and_the_chain_stays(journal: Journal) -> None:
    served = [ServedAnswer(prediction=answer(number), served_at=NOW) for number in range(3)]
    journal.append_many(served)
    journal.settle([settlement(answer(1))])
    head = journal.head()
    keys = [answer(number).prediction_id for number in range(3)]
    assert journal.count({keys[0]: (5, NOW + HOUR), keys[1]: (1, NOW - HOUR)}) == ()
    assert journal.count({}) == ()
    found = [journal.get(key) for key in keys]
    assert [entry.n_served for entry in found] == [6, 2, 1]
    assert [entry.last_served_at for entry in found] == [NOW + HOUR, NOW, NOW]
    assert found[1].settlement == settlement(answer(1))
    assert journal.verify(head) == head


def test_repeats_of_unknown_answers_are_named_and_hold_up_no_other(journal: Journal) -> None:
    journal.append(answer(0), NOW)
    strangers = ["b" * 64, "a" * 64]
    repeats = dict.fromkeys((*strangers, answer(0).prediction_id), (2, NOW))
    assert journal.count(repeats) == tuple(sorted(strangers))
    assert journal.get(answer(0).prediction_id).n_served == 3
    assert journal.verify().number == 1


@pytest.mark.parametrize("times", [0, -1])
def test_a_repeat_happens_at_least_once(journal: Journal, times: int) -> None:
    journal.append_many([ServedAnswer(prediction=answer(n), served_at=NOW) for n in range(2)])
    first, second = (answer(number).prediction_id for number in range(2))
    with pytest.raises(OptionOutOfRange):
        journal.count({first: (1, NOW), second: (times, NOW)})
    assert journal.get(first).n_served == 1


def test_an_unknown_prediction_is_an_error(journal: Journal) -> None:
    journal.append(answer(0), NOW)
    with pytest.raises(UnknownPrediction):
        journal.get("0" * 64)
    with pytest.raises(UnknownPrediction):
        journal.settle([settlement(answer(0)), settlement(answer(1))])
    assert journal.get(answer(0).prediction_id).settlement is None


def test_a_settlement_is_added_and_changes_no_entry(journal: Journal) -> None:
    before = journal.append(answer(), NOW)
    new = settlement(answer())
    assert journal.settle([new]) == (new,)
    assert journal.get(answer().prediction_id) == replace(before, settlement=new)
    assert journal.append(answer(), NOW) == replace(before, settlement=new, n_served=2)
    assert journal.verify().number == 2


def test_the_first_settlement_stands(journal: Journal) -> None:
    journal.append_many([ServedAnswer(prediction=answer(n), served_at=NOW) for n in range(2)])
    first = settlement(answer(0))
    other = settlement(answer(0), -0.5)
    assert journal.settle([first, other]) == (first,)
    head = journal.head()
    assert journal.settle([other]) == ()
    assert journal.head() == head
    assert journal.get(answer(0).prediction_id).settlement == first
    assert journal.settle([other, settlement(answer(1))]) == (settlement(answer(1)),)


def test_entries_are_found_by_symbol_rung_and_outcome(journal: Journal) -> None:
    given = [
        answer(0),
        answer(1, symbol="B"),
        answer(2, rung=Rung.RULES, fallback_reason=FallbackReason.NO_MODEL_PROMOTED),
        answer(3),
    ]
    for one in given:
        journal.append(one, NOW)
    journal.settle([settlement(given[3])])
    found = {
        (filtered.symbol, filtered.rung, filtered.settled): [
            entry.number for entry in journal.entries(filtered).entries
        ]
        for filtered in (
            EntryFilter(symbol="A"),
            EntryFilter(rung=Rung.RULES),
            EntryFilter(settled=True),
            EntryFilter(settled=False),
            EntryFilter(symbol="A", rung=Rung.CHAMPION, settled=False),
            EntryFilter(symbol="nowhere"),
        )
    }
    assert found == {
        ("A", None, None): [1, 3, 4],
        (None, Rung.RULES, None): [3],
        (None, None, True): [4],
        (None, None, False): [1, 2, 3],
        ("A", Rung.CHAMPION, False): [1],
        ("nowhere", None, None): [],
    }


DAY = np.timedelta64(1, "D")
LAST = np.datetime64("2018-12-31T23:59:59.999999", "us")


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (EntryFilter(interval="1h"), [2]),
        (EntryFilter(interval="1d", horizon_bars=5), [3]),
        (EntryFilter(direction=Direction.SELL), [2, 4]),
        (EntryFilter(direction=Direction.HOLD), []),
        (EntryFilter(source=SourceKind.RULES), [3]),
        (EntryFilter(reason=FallbackReason.LOW_CONFIDENCE), [4]),
        (EntryFilter(outcome=SettlementOutcome.HIT), [1]),
        (EntryFilter(outcome=SettlementOutcome.MISS, newest_first=True), [4, 2]),
        (EntryFilter(outcome=SettlementOutcome.NEITHER), []),
        (EntryFilter(outcome=SettlementOutcome.MISS, settled=False), []),
        (EntryFilter(as_of_from=LAST - DAY), [1, 2]),
        (EntryFilter(as_of_from=LAST - 2 * DAY, as_of_to=LAST - DAY), [2, 3]),
        (EntryFilter(as_of_to=LAST - 2 * DAY, direction=Direction.SELL), [4]),
    ],
)
def test_entries_are_found_by_whatever_they_say(
    journal: Journal, wanted: EntryFilter, numbers: list[int]
) -> None:
    by_rules = Source(kind=SourceKind.RULES, model_id="rules", bundle_digest="b")
    given = [
        answer(0),
        answer(1, interval="1h", direction=Direction.SELL),
        answer(2, horizon_bars=5, source=by_rules, rung=Rung.RULES),
        answer(3, direction=Direction.SELL, fallback_reason=FallbackReason.LOW_CONFIDENCE),
        answer(4, as_of=None, symbol="C"),
    ]
    for one in given:
        journal.append(one, NOW)
    journal.settle([settlement(given[0]), *(settlement(given[n], -0.1) for n in (1, 3))])
    found = journal.entries(replace(wanted, symbol=None if wanted.outcome else "A"))
    assert [entry.number for entry in found.entries] == numbers


@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_stay_the_same_while_others_write(journal: Journal, newest_first: bool) -> None:
    for number in range(7):
        journal.append(answer(number), NOW)
    wanted = EntryFilter(newest_first=newest_first)
    first = journal.entries(wanted, limit=3)
    journal.settle([settlement(answer(0))])
    journal.append(answer(7), NOW)
    seen = list(first.entries)
    cursor = first.cursor
    while cursor is not None:
        page = journal.entries(wanted, cursor, 3)
        seen += page.entries
        cursor = page.cursor
    numbers = [entry.number for entry in seen]
    assert numbers == ([7, 6, 5, 4, 3, 2, 1] if newest_first else [1, 2, 3, 4, 5, 6, 7, 9])


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_a_page_has_a_size(journal: Journal, limit: int) -> None:
    with pytest.raises(OptionOutOfRange):
        journal.entries(limit=limit)


def test_bars_and_state_are_kept_where_asked_for(journal: Journal, make_bars: MakeBars) -> None:
    bars = make_bars(600, 1)
    source = replace(answer().source, state_digest=digest_state(STATE))
    given = answer(
        symbol=bars.symbol,
        as_of=bars.closed_at[-1],
        bars_digest=digest_window(bars),
        source=source,
    )
    journal.append(given, NOW)
    assert journal.window(given.prediction_id) is None
    assert journal.state(digest_state(STATE)) is None
    journal.append(given, NOW, bars, STATE)
    journal.append(given, NOW, bars, STATE)
    window = journal.window(given.prediction_id)
    assert window is not None
    assert window.digest == bars[-504:].digest
    assert digest_window(window) == given.bars_digest
    kept = journal.state(digest_state(STATE))
    assert kept is not None
    assert digest_state(kept) == digest_state(STATE)
    assert journal.get(given.prediction_id).n_served == 3
    journal.verify()


def test_other_bars_and_another_state_are_refused(journal: Journal, make_bars: MakeBars) -> None:
    bars = make_bars(70, 1)
    given = answer(symbol=bars.symbol, bars_digest=digest_window(bars))
    for wrong in (bars[:-1], bars[1:], replace(bars, symbol="B"), replace(bars, interval="1h")):
        with pytest.raises(WindowMismatch):
            journal.append(given, NOW, wrong)
    with pytest.raises(WindowMismatch):
        journal.append(given, NOW, bars, STATE)
    assert journal.head() == JournalHead()


def test_a_head_of_another_journal_is_noticed(journal: Journal) -> None:
    journal.append_many([ServedAnswer(prediction=answer(n), served_at=NOW) for n in range(3)])
    head = journal.head()
    assert journal.verify(head) == head
    other = replace(head, digest="f" * 64)
    longer = replace(head, number=5)
    for wrong, number in ((other, 3), (replace(other, number=1), 1), (longer, 4)):
        with pytest.raises(JournalTampered) as caught:
            journal.verify(wrong)
        assert caught.value.number == number


@pytest.mark.parametrize(
    "text", ["", "3", "3:abc", "-1:" + "a" * 64, "3:" + "G" * 64, "²:" + "a" * 64]
)
def test_text_that_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(OptionOutOfRange):
        JournalHead.from_text(text)


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.lists(st.integers(0, 5), min_size=1, max_size=4)),
        st.tuples(st.just("settle"), st.lists(st.integers(0, 5), min_size=1, max_size=4)),
    ),
    max_size=12,
)


@given(steps=STEPS)
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_any_sequence_verifies_and_every_journal_tells_the_same(
    kind: str, steps: list[tuple[str, list[int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    journal = open_journal(kind, tmp_path_factory.mktemp("any"))
    counts: dict[int, int] = {}
    settled: set[int] = set()
    heads = [journal.head()]
    for verb, numbers in steps:
        if verb == "append":
            journal.append_many(
                [ServedAnswer(prediction=answer(n), served_at=NOW) for n in numbers]
            )
            for number in numbers:
                counts[number] = counts.get(number, 0) + 1
        else:
            known = [number for number in numbers if number in counts]
            new = journal.settle([settlement(answer(number)) for number in known])
            assert len(new) == len(set(known) - settled)
            settled.update(known)
        heads.append(journal.head())
    for head in heads:
        assert journal.verify(head) == heads[-1]
    assert heads[-1].number == len(counts) + len(settled)
    entries = journal.entries().entries
    order = [answer(number).prediction_id for number in counts]
    assert ids(entries) == order
    assert [entry.n_served for entry in entries] == list(counts.values())
    assert [entry.settlement is not None for entry in entries] == [n in settled for n in counts]
    close(journal)
