"""How models are watched and challenged, of the settings."""

from bellwether.monitor import RetrainPolicy, Thresholds
from bellwether.retraining import RetrainingOptions
from bellwether.settings import Settings
from bellwether.watch import WatchOptions

# Before a model is too old to answer, its successor should have had a month in the shadow.
_DAYS_AHEAD = 30.0


def watch_options(settings: Settings) -> WatchOptions:
    """Return how models are watched, of the settings.

    Raises
    ------
    UnusableMonitorOption
        If red comes before amber.
    """
    thresholds = Thresholds(amber=settings.drift_amber_bars, red=settings.drift_red_bars)
    return WatchOptions(
        thresholds=thresholds,
        reduction=settings.drift_reduction,
        recovery_evidence=settings.drift_recovery_evidence,
        cost_bps=settings.cost_bps,
    )


def retraining_options(settings: Settings) -> RetrainingOptions:
    """Return what a challenger must show, and when one is made, of the settings."""
    most_age_days = float(settings.model_max_age_days)
    full_days = settings.retrain_full_days
    drift_days = min(settings.retrain_drift_days, full_days)
    return RetrainingOptions(
        policy=RetrainPolicy(
            check_days=min(settings.retrain_check_days, drift_days),
            challenger_days=drift_days,
            full_days=full_days,
            most_age_days=max(most_age_days - _DAYS_AHEAD, most_age_days / 2.0),
        ),
        most_age_days=most_age_days,
        chooses_by_regime=settings.choose_by_regime,
        watch=watch_options(settings),
    )
