"""Due dates say of the future what the decision says when they have come."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bellwether.monitor import RetrainFacts, RetrainPolicy, decide_retraining, list_due_dates

NOW = np.datetime64("2020-06-01", "us")
DAY = np.timedelta64(1, "D")
AGES = st.one_of(st.none(), st.integers(-30, 400))


def ago(days: int | None) -> np.datetime64 | None:
    return None if days is None else NOW - days * DAY


@given(
    checked=AGES, fitted=AGES, trained=AGES, drifted=st.booleans(), inputs=st.booleans(),
    ahead=st.integers(0, 200),
)  # fmt: skip
def test_a_challenger_is_due_once_a_date_that_holds_and_the_next_look_have_come(
    checked: int | None,
    fitted: int | None,
    trained: int | None,
    *,
    drifted: bool,
    inputs: bool,
    ahead: int,
) -> None:
    facts = RetrainFacts(
        checked_at=ago(checked),
        fitted_at=ago(fitted),
        champion_trained_at=ago(trained),
        has_drifted=drifted,
        inputs_ask=inputs,
    )
    dates = list_due_dates(facts, NOW)
    check = next(one for one in dates if one.reason == "check")
    then = max(NOW + ahead * DAY, check.at)
    come = [one for one in dates if one.holds and one.reason != "check" and one.at <= then]
    # What lies ahead of now holds nothing up now, and may do so later.
    sound = all(days is None or days >= 0 for days in (checked, fitted, trained))
    if sound:
        assert decide_retraining(facts, then).is_due == bool(come)
    else:
        assert dates


def test_dates_are_told_the_earliest_first_with_what_they_wait_for() -> None:
    facts = RetrainFacts(
        checked_at=NOW - DAY, fitted_at=NOW - 10 * DAY, champion_trained_at=NOW - 200 * DAY
    )
    policy = RetrainPolicy(check_days=7, challenger_days=30, full_days=91, most_age_days=150)
    found = list_due_dates(facts, NOW, policy)
    assert [(one.reason, one.holds) for one in found] == [
        ("check", True),
        ("age", True),
        ("drift", False),
        ("inputs", False),
        ("quarter", True),
    ]
    assert found[1].at == NOW + 20 * DAY
    assert "if the champion turns" in found[2].words


def test_where_nothing_was_trained_the_first_is_due_now() -> None:
    [check, first] = list_due_dates(RetrainFacts(), NOW)
    assert (check.at, first.reason, first.at) == (NOW, "first", NOW)
