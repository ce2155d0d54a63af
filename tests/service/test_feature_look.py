"""A look at features is counted as one, before it is told."""

import numpy as np
import pytest

from bellwether.bars import Panel, noise_world
from bellwether.clock import FixedClock
from bellwether.features import core15, technical35
from bellwether.labels import HorizonOutOfRange
from bellwether.service import look_at_features
from bellwether.trials import MemoryTrialLog, Trial, count_trials
from bellwether.validation import FeatureReport

PANEL = Panel(bars=[noise_world(2, 600).bars])


class FullLog(MemoryTrialLog):
    """A log that cannot be written."""

    def append(self, trial: Trial) -> None:
        raise OSError(f"no room for {trial.note}")


def look(
    log: MemoryTrialLog, horizons: tuple[int, ...] = (1,), panel: Panel = PANEL
) -> FeatureReport:
    clock = FixedClock(np.datetime64("2026-01-02T00:00"))
    return look_at_features(panel, core15(), horizons, trials=log, clock=clock)


def test_a_look_is_written_down_once_and_makes_the_next_verdict_stricter() -> None:
    log = MemoryTrialLog()
    look(log)
    report = look(log)
    [trial] = log.entries()
    assert (trial.kind, trial.features) == ("look", report.digest)
    assert trial.lineage == PANEL.lineage
    assert "features core15 beside outcomes, NOISE-2, 600 1d bars to" in trial.note
    count = count_trials(log.entries(), "ab" * 32, PANEL.digest, PANEL.lineage)
    assert count.n_pipelines == 2


def test_another_horizon_or_other_features_are_looks_of_their_own() -> None:
    log = MemoryTrialLog()
    look(log)
    look(log, (1, 5))
    look_at_features(
        PANEL, technical35(), trials=log, clock=FixedClock(np.datetime64("2026-01-02T00:00"))
    )
    assert len({trial.pipeline for trial in log.entries()}) == 3


def test_what_looks_at_no_outcome_is_not_counted() -> None:
    log = MemoryTrialLog()
    assert look(log, ()).luck == ()
    with pytest.raises(HorizonOutOfRange):
        look(log, (0,))
    assert log.entries() == ()


def test_nothing_is_told_that_cannot_be_written_down() -> None:
    with pytest.raises(OSError, match="no room"):
        look(FullLog())
