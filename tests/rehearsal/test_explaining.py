import numpy as np
import pytest

from bellwether.monitor import Channel, Episode, EpisodeChange
from bellwether.rehearsal import Fault, FaultKind, KnownChange
from bellwether.rehearsal._explaining import Explainer

DAYS = np.arange("2008-01-01", "2009-01-01", dtype="datetime64[D]").astype("datetime64[us]")


def episode(channel: Channel, subject: str, day: int) -> tuple[Episode, list[EpisodeChange]]:
    change = EpisodeChange(
        episode_id="e",
        ordinal=1,
        event="opened",
        subject=subject,
        channel=channel,
        condition="red",
        at=DAYS[day],
        words="as it was told",
        facts={"e_value": 1300.0, "false_alarms_a_year": 0.19},
    )
    over = EpisodeChange(
        episode_id="e",
        ordinal=2,
        event="over",
        subject=subject,
        channel=channel,
        condition="ok",
        at=DAYS[day + 5],
    )
    found = Episode(
        episode_id="e",
        place=1,
        subject=subject,
        channel=channel,
        condition="ok",
        worst="red",
        words="",
        facts={},
        opened_at=DAYS[day],
        changed_at=DAYS[day],
        over_at=DAYS[day + 5],
    )
    return found, [change, over]


@pytest.fixture
def explainer() -> Explainer:
    return Explainer(
        sessions=DAYS,
        faults=[Fault(kind=FaultKind.FROZEN_FEED, session=50, symbol="AAA")],
        known=[KnownChange(at=DAYS[100], words="the edge vanishes")],
    )


def test_a_fault_that_was_injected_explains_what_can_follow_from_it(explainer: Explainer) -> None:
    found = explainer.explain(*episode("data", "bars: frozen_column", 55))
    assert found.cause == "injected"
    assert "of AAA" in found.explanation
    assert found.words == "as it was told"
    assert explainer.explain(*episode("data", "bars: gap_at_the_end", 55)).cause == "data"
    assert explainer.explain(*episode("data", "bars: frozen_column", 90)).cause == "data"


def test_a_change_that_is_known_explains_what_comes_after_it(explainer: Explainer) -> None:
    found = explainer.explain(*episode("performance", "model", 130))
    assert (found.cause, found.explanation) == (
        "known",
        "the edge vanishes (2008-04-10, 30 sessions before)",
    )


def test_without_either_the_evidence_speaks(explainer: Explainer) -> None:
    found = explainer.explain(*episode("performance", "model", 99))
    assert found.cause == "evidence"
    assert "evidence 1,300" in found.explanation
    assert "0.19 times a year" in found.explanation
