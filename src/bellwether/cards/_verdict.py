"""The verdict: what was decided, by which checks, and the contract's three numbers."""

from dataclasses import replace

from bellwether.cards._blocks import draw_badge, draw_details, draw_mark, draw_section, draw_terms
from bellwether.cards._content import CardContent
from bellwether.cards._format import (
    as_sentence,
    printable,
    write_chance,
    write_count,
    write_name,
    write_number,
    write_percent,
    write_range,
)
from bellwether.cards._markup import Markup, element
from bellwether.cards._words import (
    DECISION_CLASS,
    GATES,
    LEGS,
    name_check,
    tell_serving,
    tell_verdict,
    write_figures,
)
from bellwether.registry import Stage
from bellwether.validation import (
    Binding,
    Check,
    ContractNumber,
    ContractReport,
    Estimate,
    Leg,
    SkillReport,
    ValueReport,
    Verdict,
    judge,
)


def draw_verdict(content: CardContent) -> Markup:
    """Return the opening: the verdict, what it means and the cheapest next step."""
    verdict, proposal = content.result.verdict, content.result.proposal
    serving = tell_serving(content.prediction)
    if verdict.promotes:
        stage = proposal.record.stage
        serving = "serves now" if stage is Stage.CHAMPION else f"is kept as {stage}"
    telling = tell_verdict(
        verdict,
        subject=_name_subject(proposal.name, len(proposal.members)),
        serving=serving,
        level=content.result.request.gate.level,
    )
    step = "Next step" if verdict.promotes else "Cheapest next step"
    return element(
        "section",
        element("h2", "Verdict", id="verdict-heading", class_="unseen"),
        draw_badge(verdict.decision),
        element("p", telling.lead, class_="lead"),
        element("p", element("b", "Why: "), as_sentence(verdict.reason)),
        element("p", element("b", f"{step}: "), as_sentence(verdict.next_step), class_="step"),
        element("p", telling.comfort, class_="muted"),
        id="verdict",
        class_=f"card verdict {DECISION_CLASS[verdict.decision]}",
        aria_labelledby="verdict-heading",
    )


def _name_subject(name: str, n_members: int) -> str:
    if n_members > 1:
        return f"the {printable(name)} of {n_members} models"
    return f"the model {write_name(name)}"


def draw_gate(content: CardContent) -> Markup:
    """Return the gate's table: both verdicts, every check, and what is reported beside."""
    verdict = content.result.verdict
    return draw_section(
        "gate",
        "The gate",
        _both_verdicts(content),
        _checks_table(verdict),
        draw_details("Reported beside the verdict, never deciding", *_beside(verdict)),
    )


def draw_contract(verdict: Verdict) -> Markup:
    """Return the contract's three numbers with their intervals and thresholds."""
    contract = verdict.contract
    if contract is None:
        empty = element("p", "They could not be computed for this forecast.", class_="muted")
        return draw_section("contract", "The contract's three numbers", empty)
    tiles = (
        _tile("Directional accuracy", contract.accuracy, "at least", "share"),
        _tile("Profit factor", contract.profit_factor, "at least", "number"),
        _tile("Maximum drawdown", contract.maximum_drawdown, "at most", "share"),
    )
    return draw_section(
        "contract",
        "The contract's three numbers",
        element("ul", *tiles, class_="tiles"),
        element("p", _contract_words(contract), class_="muted"),
    )


def _both_verdicts(content: CardContent) -> Markup:
    candidate, gate = content.result.proposal, content.result.request.gate
    bound = candidate.verdict.binding
    choices: tuple[Binding, ...] = ("evidence", "contract")
    rows = []
    for choice in (*choices, *((bound,) if bound not in choices else ())):
        same = choice == bound
        verdict = (
            candidate.verdict if same else judge(candidate.evidence, replace(gate, binding=choice))
        )
        role = "decides" if same else "shown beside it"
        rows.append(
            element(
                "li",
                draw_badge(verdict.decision),
                element("b", f" {GATES[choice]}"),
                f", {role}: {as_sentence(verdict.reason)}",
            )
        )
    return element("ul", *rows, class_="gates")


def _checks_table(verdict: Verdict) -> Markup:
    columns = ("Check", "Result", "What was found")
    head = element("tr", *(element("th", name, scope="col") for name in columns))
    bodies = []
    for leg, title in LEGS.items():
        checks = [check for check in verdict.checks if check.leg is leg]
        n_passed = sum(check.passed for check in checks)
        role = "" if _is_binding(leg, verdict) else ", shown beside it, not deciding"
        group = element(
            "th",
            title,
            " ",
            element("span", f"{n_passed} of {len(checks)} passed{role}", class_="muted"),
            colspan=3,
            scope="rowgroup",
        )
        rows = [_check_row(check) for check in checks]
        bodies.append(element("tbody", element("tr", group, class_="group"), *rows))
    caption = "Every check, binding or not"
    return element(
        "table",
        element("caption", caption),
        element("thead", head),
        *bodies,
        class_="checks",
    )


def _check_row(check: Check) -> Markup:
    figures = write_figures(check)
    return element(
        "tr",
        element("th", name_check(check), scope="row"),
        element("td", draw_mark(check.passed)),
        element(
            "td",
            as_sentence(check.reason),
            element("span", figures, class_="figures") if figures else None,
        ),
    )


def _beside(verdict: Verdict) -> list[Markup]:
    parts = []
    if verdict.skill is not None:
        parts += [element("h3", "Skill"), draw_terms(_skill_terms(verdict.skill))]
    if verdict.value is not None:
        parts += [
            element("h3", "Value, at a volatility of 10% a year"),
            draw_terms(_value_terms(verdict.value)),
        ]
    if verdict.contract is not None:
        parts += [element("h3", "Signals"), draw_terms(_signal_terms(verdict.contract))]
    return parts or [element("p", "Nothing could be computed.")]


def _skill_terms(skill: SkillReport) -> list[tuple[str, Markup | str]]:
    t = skill.statistic
    return [
        ("t-statistic, raw returns, forecast by its whole past", write_number(t.raw_expanding)),
        ("t-statistic, raw returns, by its recent past", write_number(t.raw_exponential)),
        ("t-statistic, returns less their mean, whole past", write_number(t.centred_expanding)),
        ("t-statistic, returns less their mean, recent past", write_number(t.centred_exponential)),
        ("The smallest must exceed", write_number(skill.needed)),
        ("Chance that luck alone exceeds the smallest", write_chance(skill.p)),
        (
            "Information coefficient: correlation of forecast and return",
            _estimate(skill.information_coefficient, 3),
        ),
    ]


def _value_terms(value: ValueReport) -> list[tuple[str, Markup | str]]:
    return [
        ("More than cash, a year", write_percent(value.over_cash, signed=True)),
        ("More than buy and hold, a year", write_percent(value.over_holding, signed=True)),
        ("More than the rules, a year", write_percent(value.over_rules, signed=True)),
        ("Sharpe ratio, a year", write_number(value.sharpe)),
        ("Chance that the true Sharpe ratio is above 0", write_chance(value.probabilistic_sharpe)),
        ("The same, less the luck of several tries", write_chance(value.deflated_sharpe)),
        ("Bars that such a Sharpe ratio needs", write_count(value.minimum_track_record_bars)),
        ("Maximum drawdown", write_percent(value.maximum_drawdown)),
        ("Drawdown exceeded in 5% of resamples", write_percent(value.maximum_drawdown_95)),
        ("Mean position", write_percent(value.mean_exposure)),
        ("Capital traded, times a year", write_number(value.turnover, 0)),
    ]


def _signal_terms(contract: ContractReport) -> list[tuple[str, Markup | str]]:
    hits = contract.strict_hit_rate
    return [
        ("Trades", write_count(contract.n_trades)),
        ("Return over all bars, after costs", write_percent(contract.net_return, signed=True)),
        ("Profit factor, trade by trade", write_number(contract.profit_factor_by_trade)),
        (
            "Chance of so many right signs without timing (Pesaran-Timmermann)",
            write_chance(contract.pesaran_timmermann_p),
        ),
        (
            "Forecast within 10% of the actual move",
            "–" if hits is None else write_percent(hits.value),
        ),
        ("Brier score: 0 is perfect, 0.25 a coin", write_number(contract.brier, 4)),
    ]


def _estimate(estimate: Estimate | None, places: int) -> str:
    if estimate is None:
        return "–"
    ends = write_range(estimate.low, estimate.high, lambda value: write_number(value, places))
    return f"{write_number(estimate.value, places)} (95% interval {ends})"


def _tile(name: str, number: ContractNumber, bound: str, kind: str) -> Markup:
    def write(value: float | None) -> str:
        return write_percent(value) if kind == "share" else write_number(value)

    interval = "no exact interval exists"
    if number.low is not None and number.high is not None:
        interval = f"exact 95% interval {write_range(number.low, number.high, write)}"
    passed = "passed" if number.passed else "failed"
    if number.value is None:
        interval = "undefined, because nothing was traded"
    return element(
        "li",
        element("h3", name),
        element("p", write(number.value), class_="big"),
        element("p", interval, class_="muted"),
        element("p", f"asked: {bound} {write(number.threshold)}"),
        element(
            "p",
            element("span", "✓ " if number.passed else "✗ ", aria_hidden="true"),
            "within the contract" if number.passed else "falls short",
            class_=f"mark {passed}",
        ),
    )


def _contract_words(contract: ContractReport) -> str:
    traded = f"{write_count(contract.n_trades)} trades"
    return (
        f"Out of sample, after costs, marked bar by bar, {traded}. These numbers are shown for "
        "every model; on a short history a coin can pass them, so by themselves they prove little."
    )


def _is_binding(leg: Leg, verdict: Verdict) -> bool:
    if verdict.binding == "both" or leg is Leg.CONSTRUCTION:
        return True
    return (leg is Leg.CONTRACT) == (verdict.binding == "contract")
