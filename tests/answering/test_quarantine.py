"""Quarantine counts deaths: three are too many, and after it one is."""

from bellwether.answering._quarantine import Quarantine


def avoided_at(quarantine: Quarantine, now: float) -> set[str]:
    return set(quarantine.find_avoided(now))


def test_a_bundle_is_avoided_from_the_third_death_on_for_a_while() -> None:
    quarantine = Quarantine(3, 100.0)
    assert [quarantine.note_death("d", "m", now) for now in (0.0, 10.0, 20.0)] == [
        False,
        False,
        True,
    ]
    assert avoided_at(quarantine, 21.0) == {"d"}
    assert avoided_at(quarantine, 119.0) == {"d"}
    assert avoided_at(quarantine, 121.0) == set()
    assert "m" in quarantine.find_avoided(21.0)["d"]


def test_deaths_long_past_do_not_count() -> None:
    quarantine = Quarantine(3, 100.0)
    found = [quarantine.note_death("d", "m", now) for now in (0.0, 400.0, 800.0, 1300.0)]
    assert found == [False] * 4


def test_each_bundle_has_its_own_deaths() -> None:
    quarantine = Quarantine(2, 100.0)
    assert not quarantine.note_death("a", "m", 0.0)
    assert not quarantine.note_death("b", "m", 1.0)
    assert quarantine.note_death("a", "m", 2.0)
    assert avoided_at(quarantine, 3.0) == {"a"}


def test_on_trial_one_death_is_too_many_and_the_wait_doubles_up_to_an_hour() -> None:
    quarantine = Quarantine(3, 1000.0)
    for now in (0.0, 1.0, 2.0):
        quarantine.note_death("d", "m", now)
    assert quarantine.note_death("d", "m", 1100.0)
    assert avoided_at(quarantine, 1100.0 + 1999.0) == {"d"}
    assert avoided_at(quarantine, 1100.0 + 2001.0) == set()
    assert quarantine.note_death("d", "m", 4000.0)
    assert quarantine.note_death("d", "m", 8000.0)
    assert avoided_at(quarantine, 8000.0 + 3599.0) == {"d"}
    assert avoided_at(quarantine, 8000.0 + 3601.0) == set()


def test_a_bundle_that_kept_well_on_trial_is_like_any_other() -> None:
    quarantine = Quarantine(2, 100.0)
    quarantine.note_death("d", "m", 0.0)
    quarantine.note_death("d", "m", 1.0)
    assert not quarantine.note_death("d", "m", 300.0)
