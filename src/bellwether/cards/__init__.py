"""Cards: a verdict told once for page and terminal, and how numbers are written for people."""

from bellwether.cards._audit import card_of_audit, name_lag, render_audit, tell_audit
from bellwether.cards._balance import BALANCE_NOTE, balance_rows, tell_balance
from bellwether.cards._blocks import draw_section
from bellwether.cards._content import CardContent
from bellwether.cards._features import render_features
from bellwether.cards._features_information import tell_luck, write_coefficient
from bellwether.cards._figures import Figure, figure_of
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
    write_list,
    write_name,
    write_number,
    write_percent,
    write_price,
    write_range,
)
from bellwether.cards._importance import IMPORTANCE_NOTE, importance_rows, tell_importance
from bellwether.cards._kept import draw_kept
from bellwether.cards._leaderboard import Leaderboard
from bellwether.cards._markup import Markup, element
from bellwether.cards._members import MEMBER_COLUMNS, MEMBERS_NOTE, member_rows
from bellwether.cards._page import render_card, render_verdict
from bellwether.cards._rehearsal import (
    CAUSES,
    render_rehearsal,
    tell_alarm,
    tell_estimate,
    write_measured,
)
from bellwether.cards._verdict_card import (
    CardRow,
    CardTable,
    CheckLine,
    Fact,
    LegLine,
    Opinion,
    VerdictCard,
    Yardstick,
)
from bellwether.cards._verdict_facts import card_of
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
    "BALANCE_NOTE",
    "CAUSES",
    "DASH",
    "IMPORTANCE_NOTE",
    "MEMBERS_NOTE",
    "MEMBER_COLUMNS",
    "NO_ADVICE",
    "CardContent",
    "CardRow",
    "CardTable",
    "CheckLine",
    "Fact",
    "Figure",
    "Leaderboard",
    "LegLine",
    "Markup",
    "Opinion",
    "Telling",
    "VerdictCard",
    "Yardstick",
    "as_sentence",
    "balance_rows",
    "card_of",
    "card_of_audit",
    "draw_kept",
    "draw_section",
    "element",
    "figure_of",
    "grade_confidence",
    "importance_rows",
    "member_rows",
    "name_lag",
    "printable",
    "render_audit",
    "render_card",
    "render_features",
    "render_rehearsal",
    "render_verdict",
    "tell_alarm",
    "tell_audit",
    "tell_balance",
    "tell_estimate",
    "tell_importance",
    "tell_luck",
    "tell_serving",
    "tell_source",
    "tell_verdict",
    "write_any",
    "write_bars",
    "write_chance",
    "write_coefficient",
    "write_count",
    "write_coverage",
    "write_day",
    "write_digest",
    "write_horizon",
    "write_instant",
    "write_list",
    "write_measured",
    "write_name",
    "write_number",
    "write_percent",
    "write_price",
    "write_range",
]
