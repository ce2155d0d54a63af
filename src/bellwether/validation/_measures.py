"""Checks on what the forecast showed: data, skill, value and the contract's numbers."""

from bellwether.arrays import FloatArray
from bellwether.validation._case import Case, Finding
from bellwether.validation._reports import (
    annual_mean,
    contract_accuracy,
    contract_drawdown,
    contract_profit_factor,
)
from bellwether.validation._verdict import ContractNumber
from bellwether.validation._workings import Workings

PATIENCE_YEARS = 3.0
EARNED = "after costs it earned "


def check_enough_bars(case: Case) -> Finding:
    """Ask whether the best possible test could see the skill worth finding half of the time."""
    workings, ic = case.workings, case.evidence.ic_worth_finding
    found, needed = workings.n_effective, workings.n_needed
    # The design effect of a panel is an estimate: its last places decide nothing.
    passed = found + 1e-6 >= needed
    kind = "out-of-sample bars" if case.evidence.n_symbols == 1 else "independent observations"
    figures = {"found": found, "needed": float(needed)}
    if passed:
        return Finding(passed=True, reason=f"{found:.0f} {kind}, {needed} needed", figures=figures)
    judged_share = workings.n_scored_bars / case.evidence.n_bars
    history = case.evidence.n_bars * (needed / max(found, 1.0) - 1.0)
    step = f"bring about {history:.0f} more bars of history" if judged_share > 0 else "bring bars"
    return Finding(
        passed=False,
        reason=(
            f"there are {found:.0f} {kind} where {needed} are needed to recognise a skill of "
            f"IC {ic:.2f} even half of the time"
        ),
        next_step=f"{step}, or a panel of several symbols",
        figures=figures,
    )


def check_skill(case: Case) -> Finding:
    """Ask whether the smallest of four t-statistics is beyond what luck explains."""
    workings = case.workings
    t, needed = workings.skill.minimum, workings.needed_t
    passed = t > needed
    return Finding(
        passed=passed,
        reason=(
            f"the forecast's skill t-statistic is {t:.2f} where {needed:.2f} is needed "
            f"({_count_trials(case)})"
        ),
        next_step="" if passed else _advise_on_skill(workings),
        figures={"t": t, "needed": needed, "alpha": workings.alpha},
    )


def _count_trials(case: Case) -> str:
    trials = case.evidence.trials
    tried = (
        "the first pipeline tried on these bars"
        if trials.n_pipelines == 1
        else f"{trials.n_pipelines} pipelines tried on these bars"
    )
    return tried if trials.n_looks == 1 else f"{tried}, look {trials.n_looks} at this one"


def _advise_on_skill(workings: Workings) -> str:
    t = workings.skill.minimum
    if not t > 0.0:
        return "keep the rules; the forecast was no better than chance, so change its features"
    more = workings.n_scored_bars * ((workings.needed_t / t) ** 2 - 1.0)
    years = more / workings.n_bars_per_year
    if years <= PATIENCE_YEARS:
        return f"wait for about {more:.0f} more bars: the skill seen so far would then suffice"
    return (
        f"better features or more symbols; at the skill seen so far it would take "
        f"{years:.0f} more years of bars"
    )


def check_beats_cash(case: Case) -> Finding:
    """Ask whether the forecast earned anything after costs."""
    step = "trade less often or forecast further ahead, so that costs weigh less"
    return _check_excess(case, case.workings.over_cash, "cash", step)


def check_beats_holding(case: Case) -> Finding:
    """Ask whether its timing earned anything beyond its own average exposure."""
    step = "hold the market instead: the forecast's timing added nothing to it"
    name = "buy and hold at its own average exposure"
    return _check_excess(case, case.workings.over_holding, name, step)


def check_beats_rules(case: Case) -> Finding:
    """Ask whether it earned more than the rules it would replace."""
    step = "let the rules keep serving: they did better on the same bars"
    return _check_excess(case, case.workings.over_rules, "the rules", step)


def _check_excess(case: Case, excess: FloatArray, rival: str, step: str) -> Finding:
    mean = annual_mean(case.workings, excess)
    passed = mean > 0.0
    comparison = "more" if passed else "less"
    return Finding(
        passed=passed,
        reason=f"{EARNED}{abs(mean):.1%} a year {comparison} than {rival}",
        next_step="" if passed else step,
        figures={"excess_a_year": mean},
    )


def check_contract_accuracy(case: Case) -> Finding:
    """Ask for the contract's directional accuracy."""
    number = contract_accuracy(case.workings, case.options)
    return _check_number(number, "directional accuracy", "at least", as_share=True)


def check_contract_profit_factor(case: Case) -> Finding:
    """Ask for the contract's profit factor."""
    number = contract_profit_factor(case.workings, case.options)
    return _check_number(number, "profit factor", "at least", as_share=False)


def check_contract_drawdown(case: Case) -> Finding:
    """Ask for the contract's drawdown."""
    number = contract_drawdown(case.workings, case.options)
    return _check_number(number, "maximum drawdown", "at most", as_share=True)


def _check_number(number: ContractNumber, name: str, bound: str, *, as_share: bool) -> Finding:
    def write(value: float) -> str:
        return f"{value:.1%}" if as_share else f"{value:.2f}"

    step = "improve the forecast; the contract's numbers are not to be tuned"
    if number.value is None:
        reason = f"the {name} is undefined, because nothing was traded"
    else:
        reason = (
            f"the {name} is {write(number.value)} where {bound} {write(number.threshold)} is asked"
        )
    return Finding(
        passed=number.passed,
        reason=reason,
        next_step="" if number.passed else step,
        figures={"value": number.value, "threshold": number.threshold},
    )
