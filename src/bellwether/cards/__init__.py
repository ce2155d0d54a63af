"""Cards: a training result as a page, and how numbers are written for people."""

from bellwether.cards._content import CardContent
from bellwether.cards._format import (
    DASH,
    as_sentence,
    printable,
    write_any,
    write_bars,
    write_chance,
    write_count,
    write_day,
    write_digest,
    write_horizon,
    write_instant,
    write_name,
    write_number,
    write_percent,
    write_price,
    write_range,
)
from bellwether.cards._leaderboard import Leaderboard
from bellwether.cards._page import render_card
from bellwether.cards._words import (
    NO_ADVICE,
    Telling,
    grade_confidence,
    tell_serving,
    tell_source,
    tell_verdict,
    write_coverage,
)

__all__ = [
    "DASH",
    "NO_ADVICE",
    "CardContent",
    "Leaderboard",
    "Telling",
    "as_sentence",
    "grade_confidence",
    "printable",
    "render_card",
    "tell_serving",
    "tell_source",
    "tell_verdict",
    "write_any",
    "write_bars",
    "write_chance",
    "write_count",
    "write_coverage",
    "write_day",
    "write_digest",
    "write_horizon",
    "write_instant",
    "write_name",
    "write_number",
    "write_percent",
    "write_price",
    "write_range",
]
