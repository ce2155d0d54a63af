"""How each kind of subject is asked, through the public doors alone."""

import zlib
from dataclasses import replace

import numpy as np
from tests.samples.leaks._case import Case, Chosen, Computed, Imported, Split

from bellwether.bars import Bars, Panel, noise_world
from bellwether.features import core14
from bellwether.labels import LabelSpec
from bellwether.samples import (
    Leak,
    LeakReport,
    Samples,
    build_samples,
    detect_column_leaks,
    detect_leaks,
    probe_folds,
    probe_selection,
)


def look_at(case: Case, seed: int) -> LeakReport:
    """Look for leaks in a case on simulated bars of its own."""
    subject, own = case.subject, seed * 1000 + zlib.crc32(case.name.encode()) % 1000
    rng = np.random.default_rng(own)
    match subject:
        case Computed():
            bars = noise_world(own, subject.n_bars).bars
            beside = None if subject.imported is None else subject.imported(bars, rng)
            return detect_leaks(
                subject.compute, bars, imported=beside, horizon_bars=subject.reach_bars
            )
        case Imported():
            bars = noise_world(own, subject.n_bars).bars
            return detect_column_leaks(subject.values(bars, rng), bars)
        case Chosen():
            several = [
                replace(noise_world(own + 7 * place, subject.n_bars).bars, symbol=f"S{place}")
                for place in range(subject.n_symbols)
            ]
            decided_at = several[0].closed_at[subject.n_bars // 3]
            return probe_selection(subject.choose, several, decided_at=decided_at)
        case Split():
            samples = _samples(noise_world(own, 400).bars, subject.horizon_bars)
            leaks: tuple[Leak, ...] = probe_folds(samples, subject.split(samples, rng))
            return LeakReport(leaks=leaks)


def _samples(bars: Bars, horizon_bars: int) -> Samples:
    return build_samples(Panel(bars=[bars]), core14(), LabelSpec(horizon_bars=horizon_bars))


def is_computed(case: Case) -> bool:
    """Return whether a case can be computed again on altered bars."""
    return isinstance(case.subject, Computed)
