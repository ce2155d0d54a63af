"""What other tests say of the same forecast, and how each would err if it decided."""

from bellwether.cards._figures import Figure, figure_of
from bellwether.cards._format import write_any
from bellwether.cards._verdict_card import Opinion
from bellwether.validation import CandidatesReport, Verdict

CONVENTION = 0.05


def tell_opinions(verdict: Verdict, level: float) -> tuple[Opinion, ...]:
    """Return every other test that could be made, the kin of the gate's own first.

    Parameters
    ----------
    verdict : Verdict
    level : float
        Chance of error at which a p-value is taken to speak for skill.
    """
    return (
        *_kin(verdict, level),
        *_sharpe_tests(verdict),
        *_candidates(verdict, level),
        *_sign_tests(verdict, level),
        *_calibration(verdict),
    )


def _kin(verdict: Verdict, level: float) -> list[Opinion]:
    told = verdict.opinions
    if told is None:
        return []
    return [
        _chance(
            "Sign-flip test",
            told.sign_flip_p,
            level,
            f"exact where shocks are symmetric; {told.n_flips:,} copies with random signs",
        ),
        Opinion(
            name="Betting against luck",
            figure=Figure(kind="wealth", value=told.e_value),
            asked=f"from {told.e_needed:,.0f} on",
            speaks=told.e_value_largest >= told.e_needed,
            errs="wealth of bets that start at 1; may be looked at on every bar, and noise "
            "reaches the mark once in two hundred times or less",
        ),
    ]


def _sharpe_tests(verdict: Verdict) -> list[Opinion]:
    value = verdict.value
    if value is None:
        return []
    record, n_bars = value.minimum_track_record_bars, verdict.n_bars
    return [
        _probability(
            "Probabilistic Sharpe ratio",
            value.probabilistic_sharpe,
            "by itself it lets the best of 20 without skill through 29% of the time",
        ),
        _probability(
            "Deflated Sharpe ratio",
            value.deflated_sharpe,
            "safe, but sees one good configuration among bad ones only 2% of the time",
        ),
        Opinion(
            name="Minimum track record",
            figure=Figure(kind="count", value=record, words="" if record else "never"),
            asked=f"at most {n_bars:,} bars, as there are",
            speaks=record is not None and record <= n_bars,
            errs="bars that a Sharpe ratio like this needs to be above 0 with 95% confidence",
        ),
    ]


def _candidates(verdict: Verdict, level: float) -> list[Opinion]:
    report = None if verdict.beside is None else verdict.beside.candidates
    if report is None:
        return []
    n = report.n_candidates
    return [
        _probability(
            f"Deflated Sharpe ratio of the best of {n}",
            report.deflated_sharpe,
            "with the spread of the candidates as measured",
        ),
        _overfitting(report),
        _chance(
            f"Superior predictive ability among {n}",
            report.superior_p,
            level,
            "Hansen's test over buy and hold at the same exposure; at 1% it lets noise "
            "through 1.75% of the time",
        ),
    ]


def _overfitting(report: CandidatesReport) -> Opinion:
    probability = report.overfitting_probability
    return Opinion(
        name="Probability of backtest overfitting",
        figure=Figure(kind="share", value=probability),
        asked="below 50%",
        speaks=None if probability is None else probability < 0.5,
        errs="how often the best of one half falls below the median in the other; as a test it "
        "lets noise through half of the time",
    )


def _sign_tests(verdict: Verdict, level: float) -> list[Opinion]:
    contract = verdict.contract
    if contract is None or contract.pesaran_timmermann_p is None:
        return []
    told = "signs alone, sizes thrown away"
    return [_chance("Pesaran-Timmermann", contract.pesaran_timmermann_p, level, told)]


def _calibration(verdict: Verdict) -> list[Opinion]:
    beside, told = verdict.beside, []
    if beside is not None and beside.reliability is not None:
        report = beside.reliability
        told.append(
            Opinion(
                name="Brier score",
                figure=Figure(kind="number", value=report.brier, words=f"{report.brier:.4f}"),
                asked=f"below {report.brier_of_base_rate:.4f}",
                speaks=report.brier < report.brier_of_base_rate,
                errs="squared error of the probabilities; the mark is that of always stating "
                "how often it rises",
            )
        )
    if beside is not None and beside.coverage is not None:
        cover = beside.coverage
        inside = cover.measured.low <= cover.claimed <= cover.measured.high
        told.append(
            Opinion(
                name="Coverage of the intervals",
                figure=figure_of("share", cover.measured),
                asked=f"{cover.claimed:.0%} within its interval",
                speaks=inside,
                errs="says that widths are right, not that the direction is",
            )
        )
    return told


def _chance(name: str, p: float | None, level: float, errs: str) -> Opinion:
    return Opinion(
        name=name,
        figure=Figure(kind="chance", value=p),
        asked=f"p below {write_any(100.0 * level)}%",
        speaks=None if p is None else p < level,
        errs=errs,
    )


def _probability(name: str, value: float | None, errs: str) -> Opinion:
    asked = 1.0 - CONVENTION
    return Opinion(
        name=name,
        figure=Figure(kind="chance", value=value),
        asked=f"above {asked:.0%}",
        speaks=None if value is None else value > asked,
        errs=errs,
    )
