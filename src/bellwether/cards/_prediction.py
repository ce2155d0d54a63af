"""The served prediction, as a signal card."""

from bellwether.cards._blocks import draw_details, draw_list, draw_section, draw_table, draw_terms
from bellwether.cards._format import (
    as_sentence,
    write_bars,
    write_digest,
    write_horizon,
    write_instant,
    write_name,
    write_number,
    write_percent,
    write_price,
    write_range,
)
from bellwether.cards._markup import Markup, element
from bellwether.cards._members import MEMBER_COLUMNS, MEMBERS_NOTE, member_rows
from bellwether.cards._words import grade_confidence, tell_reason, tell_source
from bellwether.service import PastHits, Prediction

MOST_CONFIDENCE = 95.0


def draw_prediction(prediction: Prediction | None) -> Markup:
    """Return the section of the served prediction."""
    if prediction is None:
        empty = element("p", "No prediction was asked for in this run.", class_="muted")
        return draw_section("prediction", "Prediction", empty)
    ahead = write_horizon(prediction.horizon_bars)
    return draw_section(
        "prediction",
        f"Prediction for {ahead}",
        element(
            "p",
            f"{prediction.symbol}, {write_bars(prediction.interval)}, "
            f"after the close of {write_instant(prediction.as_of)}",
            class_="muted",
        ),
        element("div", _signal(prediction), _numbers(prediction), class_="signal"),
        element("h3", "Why"),
        draw_list([as_sentence(reason) for reason in prediction.reasons]),
        _steps(prediction),
        _contributions(prediction),
        _members(prediction),
    )


def _signal(prediction: Prediction) -> Markup:
    direction = prediction.direction
    sign = {"BUY": "▲", "SELL": "▼"}.get(direction.value, "■")
    return element(
        "div",
        element(
            "p",
            element("span", f"{sign} ", aria_hidden="true"),
            direction.value,
            class_=f"direction {direction.value.lower()}",
        ),
        _meter(prediction.confidence),
        element("p", element("b", "Source: "), f"{tell_source(prediction)}.", class_="source"),
    )


def _meter(confidence: float) -> Markup:
    grade = grade_confidence(confidence)
    told = f"Confidence {write_number(confidence, 0)} on a scale from 50 to 95: {grade}"
    if confidence <= 0.0:
        told = "Confidence 0: nobody may answer on these bars"
    return element(
        "div",
        element("p", told),
        element(
            "div",
            element("span", style=f"width:{100 * min(confidence / MOST_CONFIDENCE, 1):.1f}%"),
            class_="meter",
            aria_hidden="true",
        ),
        class_=f"confidence {grade}",
    )


def _numbers(prediction: Prediction) -> Markup:
    interval, price = prediction.interval_return, prediction.price
    regime = prediction.regime
    expected = prediction.expected_return
    between = "–"
    if interval is not None:
        between = write_range(
            interval.low, interval.high, lambda value: write_percent(value, signed=True)
        )
        if price is not None:
            low, high = price * (1.0 + interval.low), price * (1.0 + interval.high)
            between += f" (price {write_range(low, high, write_price)})"
    covered = "interval" if interval is None else f"{write_percent(interval.coverage, 0)} interval"
    state = "–"
    if regime is not None:
        state = write_name(regime.current)
        if not regime.is_confirmed:
            state += f", not confirmed yet; before: {regime.confirmed}"
    return draw_terms(
        [
            ("Probability of a rise", write_percent(prediction.probability_up)),
            ("Past forecasts this strong", _hits(prediction.past_hits)),
            ("Expected return", write_percent(expected, 2, signed=True)),
            (f"Return, {covered}", between),
            ("Price now", write_price(price)),
            ("Target", _level(prediction.target, price)),
            ("Stop", _level(prediction.stop, price)),
            ("Regime", state),
        ]
    )


def _level(level: float | None, price: float | None) -> str:
    if level is None or not price:
        return write_price(level)
    return f"{write_price(level)} ({write_percent(level / price - 1.0, signed=True)})"


def _hits(hits: PastHits | None) -> str | None:
    if hits is None or hits.rate is None:
        return None
    return f"right in {write_percent(hits.rate)} of {hits.n_settled:,}"


def _steps(prediction: Prediction) -> Markup | None:
    if not prediction.steps:
        return None
    steps = [
        f"{write_name(step.rung.value)}: {tell_reason(step.reason)}"
        + (f" ({step.detail})" if step.detail else "")
        for step in prediction.steps
    ]
    return draw_details(
        "Who was asked first",
        draw_list(steps),
        element("p", f"Prediction {write_digest(prediction.prediction_id)}", class_="muted"),
    )


def _contributions(prediction: Prediction) -> Markup | None:
    if not prediction.contributions:
        return None
    rows = [
        (one.feature, write_number(one.amount, 3, signed=True)) for one in prediction.contributions
    ]
    table = draw_table("How much each feature moved the score", ("Feature", "Amount"), rows)
    return draw_details("What moved it", table)


def _members(prediction: Prediction) -> Markup | None:
    if not prediction.members:
        return None
    table = draw_table("Members of the ensemble", MEMBER_COLUMNS, member_rows(prediction.members))
    return draw_details("Who in the model said so", table, element("p", MEMBERS_NOTE))
