"""A look at features beside what happened afterwards: written down before it is told."""

from collections.abc import Sequence

from bellwether.bars import Panel
from bellwether.clock import Clock
from bellwether.features import FeatureSet
from bellwether.hashing import digest_json
from bellwether.trials import Trial, TrialLog
from bellwether.validation import FeatureReport, describe_features

SHOWN_SYMBOLS = 3


def look_at_features(
    panel: Panel,
    feature_set: FeatureSet,
    horizons: Sequence[int] = (1,),
    *,
    trials: TrialLog,
    clock: Clock,
) -> FeatureReport:
    """Describe features beside what happened afterwards, and count that as a look.

    Parameters
    ----------
    panel : Panel
    feature_set : FeatureSet
    horizons : sequence of int
        Bars ahead of the returns they are compared with; without any nothing is counted.
    trials : TrialLog
    clock : Clock

    Returns
    -------
    report : FeatureReport

    Raises
    ------
    HorizonOutOfRange
        If a horizon is no whole number from 1 on; nothing is counted then.
    TrialLogTampered, TrialLogUnavailable
        If the look cannot be written down; nothing is told then.

    Notes
    -----
    Information coefficients are outcomes: whoever chooses features by them has looked at the
    bars that a model of those features will be judged on. The ledger counts one pipeline more
    on these bars, once for the same features, horizons and bars.
    """
    report = describe_features(panel, feature_set, horizons)
    if report.horizons:
        _log_look(panel, feature_set, report.horizons, trials=trials, clock=clock)
    return report


def _log_look(
    panel: Panel,
    feature_set: FeatureSet,
    horizons: Sequence[int],
    *,
    trials: TrialLog,
    clock: Clock,
) -> None:
    pipeline = digest_json(
        {"look at features": feature_set.digest, "horizons": [int(one) for one in horizons]}
    )
    looks = [one for one in trials.entries() if one.kind == "look" and one.snapshot == panel.digest]
    if pipeline in {one.pipeline for one in looks}:
        return
    symbols = panel.symbols
    shown = symbols if len(symbols) <= SHOWN_SYMBOLS else (*symbols[:SHOWN_SYMBOLS], "...")
    last = str(panel.closed_at[-1])[:10]
    trials.append(
        Trial(
            kind="look",
            pipeline=pipeline,
            snapshot=panel.digest,
            lineage=() if looks else panel.lineage,
            recorded_at=str(clock.now()),
            note=f"features {feature_set.name} beside outcomes, {', '.join(shown)}, "
            f"{len(panel.closed_at)} {panel.interval} bars to {last}",
            features=feature_set.digest,
        )
    )
