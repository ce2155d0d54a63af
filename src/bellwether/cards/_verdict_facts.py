"""From a Verdict to its card: every figure with its name, its interval and its meaning."""

import math

from bellwether.cards._figures import Figure, Kind, figure_of
from bellwether.cards._format import (
    as_sentence,
    printable,
    write_any,
    write_count,
    write_name,
)
from bellwether.cards._opinions import tell_opinions
from bellwether.cards._statement_tables import table_of_coverage, table_of_statements
from bellwether.cards._verdict_card import (
    CheckLine,
    Fact,
    LegLine,
    VerdictCard,
    Yardstick,
)
from bellwether.cards._verdict_tables import (
    table_of_errors,
    table_of_floors,
    table_of_powers,
    table_of_regimes,
    table_of_years,
)
from bellwether.cards._words import LEGS, Telling, name_check, tell_verdict, write_figures
from bellwether.trials import TrialCount
from bellwether.validation import (
    Binding,
    Check,
    ContractNumber,
    Leg,
    ValueReport,
    Verdict,
)

NORMAL_95 = 1.959964
_BINDING: dict[Binding, tuple[Leg, ...]] = {
    "evidence": (Leg.CONSTRUCTION, Leg.DATA, Leg.SKILL, Leg.VALUE),
    "contract": (Leg.CONSTRUCTION, Leg.CONTRACT),
    "both": tuple(Leg),
}
HOW_TO_MEASURE = "measure it on your own bars: bellwether gate calibrate"


def card_of(
    verdict: Verdict,
    *,
    telling: Telling | None = None,
    label: str | None = None,
    level: float = 0.01,
) -> VerdictCard:
    """Return all that is told about a verdict.

    Parameters
    ----------
    verdict : Verdict
        Of any age: what an older one does not hold is told as unknown.
    telling : Telling, optional
        What happens now and how to read it; by default a model's that may serve, or rules
        that keep serving.
    label : str, optional
        What the decision is called; by default as it is.
    level : float
        Rate of false promotion the gate was asked for.

    Returns
    -------
    card : VerdictCard

    Notes
    -----
    Knows: the verdict alone; no figure is computed here but those of its own figures.
    """
    telling = telling or _default_telling(verdict, level)
    beside = verdict.beside
    return VerdictCard(
        name=verdict.name,
        decision=verdict.decision,
        label=verdict.decision.value if label is None else label,
        lead=telling.lead,
        why=as_sentence(verdict.reason),
        next_step=as_sentence(verdict.next_step),
        comfort=telling.comfort,
        effects=_effects(verdict, level),
        error_rate=_error_rate(verdict),
        error_rates=table_of_errors(verdict.calibration, level),
        powers=table_of_powers(verdict.calibration),
        skill=_skill(verdict),
        values=() if verdict.value is None else _values(verdict.value),
        legs=_legs(verdict),
        contract=_contract(verdict),
        floors=table_of_floors(verdict),
        by_year=table_of_years(verdict),
        by_regime=table_of_regimes(verdict),
        statements=table_of_statements(verdict),
        coverage=table_of_coverage(verdict),
        opinions=tell_opinions(verdict, level),
        details=_details(verdict),
        judged=_judged(verdict),
        digests=_digests(verdict),
        reliability=None if beside is None else beside.reliability,
        equity=None if beside is None else beside.equity,
    )


def _default_telling(verdict: Verdict, level: float) -> Telling:
    named = "the ensemble" if verdict.name == "ensemble" else f"model {write_name(verdict.name)}"
    serving = "may serve" if verdict.promotes else "the rules keep serving"
    return tell_verdict(verdict, subject=named, serving=serving, level=level)


def luck_after_trials(verdict: Verdict) -> float | None:
    """Return the chance that luck alone does as well, all pipelines and looks allowed for."""
    if verdict.skill is None:
        return None
    trials = TrialCount(n_pipelines=verdict.n_pipelines, n_looks=verdict.n_looks)
    return min(1.0, verdict.skill.p / trials.alpha(1.0))


def _effects(verdict: Verdict, level: float) -> tuple[Fact, ...]:
    skill, value = verdict.skill, verdict.value
    ic = figure_of("correlation", None if skill is None else skill.information_coefficient)
    tried = "1 pipeline" if verdict.n_pipelines == 1 else f"{verdict.n_pipelines:,} pipelines"
    looks = "" if verdict.n_looks == 1 else f", look {verdict.n_looks}"
    net = Figure(kind="gain", value=None)
    rival = "the best of its rivals"
    if value is not None:
        name, net = min(_excesses(value), key=lambda pair: _ranked(pair[1].value))
        rival = name
    return (
        Fact(
            name="Information coefficient",
            figure=ic,
            note="correlation of the forecast with the next return; 0 is a coin",
        ),
        Fact(
            name="Net excess a year",
            figure=net,
            note=f"after costs, over {rival}, the hardest of its rivals to beat",
        ),
        Fact(
            name="Luck alone does as well",
            figure=Figure(kind="chance", value=luck_after_trials(verdict)),
            note=(
                f"after {tried} tried on these bars{looks}; "
                f"{write_any(100.0 * level)}% is the most the gate accepts"
            ),
        ),
    )


def _ranked(value: float | None) -> float:
    return float("-inf") if value is None or math.isnan(value) else value


def _excesses(value: ValueReport) -> tuple[tuple[str, Figure], ...]:
    return (
        ("cash", _excess(value.over_cash, value.over_cash_t)),
        ("buy and hold", _excess(value.over_holding, value.over_holding_t)),
        ("the rules", _excess(value.over_rules, value.over_rules_t)),
    )


def _excess(mean: float, t: float | None) -> Figure:
    if t is None or t == 0.0:
        return Figure(kind="gain", value=mean)
    reach = NORMAL_95 * abs(mean / t)
    return Figure(kind="gain", value=mean, low=mean - reach, high=mean + reach)


def _error_rate(verdict: Verdict) -> Fact:
    calibration, name = verdict.calibration, "The gate's own error"
    if calibration is None or not calibration.false_promotion.n:
        figure = Figure(kind="rate", value=None, words="not measured here")
        return Fact(name=name, figure=figure, note=HOW_TO_MEASURE)
    rate = calibration.false_promotion
    where = "on these bars" if calibration.snapshot else "in simulated worlds"
    note = (
        f"of {write_count(rate.n)} runs without skill were promoted, {where}, "
        f"{calibration.measured_at[:10]}"
    )
    return Fact(name=name, figure=figure_of("rate", rate), note=note)


def _skill(verdict: Verdict) -> tuple[Yardstick, ...]:
    if verdict.skill is None:
        return ()
    t, needed = verdict.skill.statistic, verdict.skill.needed
    four = (
        ("Raw returns, forecast by its whole past", t.raw_expanding),
        ("Raw returns, by its recent past", t.raw_exponential),
        ("Returns less their mean, whole past", t.centred_expanding),
        ("Returns less their mean, recent past", t.centred_exponential),
    )
    return tuple(
        Yardstick(
            name=name,
            figure=Figure(kind="number", value=value),
            asked=Figure(kind="number", value=needed),
            passed=value > needed,
        )
        for name, value in four
    )


def _values(value: ValueReport) -> tuple[Fact, ...]:
    notes = {
        "cash": "anything at all, after costs",
        "buy and hold": "at the forecast's own average exposure: what its timing added",
        "the rules": "what serves where no model does",
    }
    return tuple(
        Fact(name=f"Over {name}", figure=figure, note=notes[name])
        for name, figure in _excesses(value)
    )


def _legs(verdict: Verdict) -> tuple[LegLine, ...]:
    return tuple(
        LegLine(
            question=question,
            decides=leg in _BINDING[verdict.binding],
            checks=tuple(_check(check) for check in verdict.checks if check.leg is leg),
        )
        for leg, question in LEGS.items()
    )


def _check(check: Check) -> CheckLine:
    return CheckLine(
        name=name_check(check),
        passed=check.passed,
        reason=as_sentence(check.reason),
        figures=write_figures(check),
    )


def _contract(verdict: Verdict) -> tuple[Yardstick, ...]:
    contract = verdict.contract
    if contract is None:
        return ()

    def told(name: str, number: ContractNumber, *, share: bool, at_most: bool = False) -> Yardstick:
        note = {"exact": "exact 95% interval", "bootstrap": "bootstrap 95% interval"}
        return Yardstick(
            name=name,
            figure=Figure(
                kind="share" if share else "number",
                value=number.value,
                low=number.low,
                high=number.high,
            ),
            asked=Figure(kind="share" if share else "number", value=number.threshold),
            passed=number.passed,
            at_most=at_most,
            note="undefined, because nothing was traded"
            if number.value is None
            else note[number.interval]
            if number.low is not None
            else "no exact interval exists",
        )

    return (
        told("Directional accuracy", contract.accuracy, share=True),
        told("Profit factor", contract.profit_factor, share=False),
        told("Maximum drawdown", contract.maximum_drawdown, share=True, at_most=True),
    )


def _details(verdict: Verdict) -> tuple[Fact, ...]:
    facts = []
    value, contract = verdict.value, verdict.contract
    if value is not None:
        facts += [
            _fact("Sharpe ratio a year", "number", value.sharpe, "at a volatility of 10% a year"),
            _fact("Maximum drawdown at that volatility", "share", value.maximum_drawdown),
            _fact("Drawdown exceeded in 5% of resamples", "share", value.maximum_drawdown_95),
            _fact("Mean position", "share", value.mean_exposure),
            _fact("Capital traded, times a year", "count", value.turnover),
        ]
    if contract is not None:
        facts += [
            _fact("Trades", "count", contract.n_trades),
            _fact("Return over all bars, after costs", "gain", contract.net_return),
            _fact("Profit factor, trade by trade", "number", contract.profit_factor_by_trade),
            Fact(
                name="Forecast within 10% of the actual move",
                figure=figure_of("share", contract.strict_hit_rate),
            ),
        ]
    return tuple(facts)


def _fact(name: str, kind: Kind, value: float | None, note: str = "") -> Fact:
    return Fact(name=name, figure=Figure(kind=kind, value=value), note=note)


def _judged(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    first, last = verdict.first_closed_at[:10], verdict.last_closed_at[:10]
    bars = f"{write_count(verdict.n_bars)} out-of-sample bars, {first} to {last}"
    symbols = "1 symbol" if verdict.n_symbols == 1 else f"{verdict.n_symbols} symbols"
    found, needed = write_count(verdict.n_effective), write_count(verdict.n_needed)
    return (
        ("Pipeline", write_name(verdict.name)),
        ("Judged", f"{bars}, {symbols}"),
        ("Independent observations", f"{found}, {needed} needed"),
        (
            "Tried on these bars",
            f"{write_count(verdict.n_pipelines)} pipelines, look {verdict.n_looks} at this one",
        ),
        ("Which gate decides", f"{verdict.binding} gate"),
    )


def _digests(verdict: Verdict) -> tuple[tuple[str, str], ...]:
    return (
        ("Bars used (snapshot)", printable(verdict.snapshot)),
        ("Pipeline and its options", printable(verdict.pipeline)),
        ("Evidence", printable(verdict.evidence_digest)),
        ("Gate's options", printable(verdict.options_digest)),
    )
