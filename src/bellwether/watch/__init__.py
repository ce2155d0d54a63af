"""Watch: what became of forecasts, what follows for who may answer, and who is told."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.watch._accounting import settled_bet
from bellwether.watch._alert_book import AlertBook
from bellwether.watch._alert_errors import (
    EmptyAcknowledgement,
    NoticeNotDelivered,
    NoticeRefused,
    UnknownEpisode,
    UnusableFinding,
)
from bellwether.watch._alert_notes import Delivery, NoticeTask, show_change, show_episode
from bellwether.watch._alert_ports import AlertPorts, Notifier, OutboxOptions
from bellwether.watch._alert_state import Trouble
from bellwether.watch._alert_values import Finding, Notice, NoticeLine
from bellwether.watch._alerts import (
    RaisedAlerts,
    acknowledge,
    raise_findings,
    tell_directly,
    try_receivers,
)
from bellwether.watch._checkpoints import Checkpoint, Checkpoints
from bellwether.watch._errors import UnreadableNote
from bellwether.watch._notices import facts_text
from bellwether.watch._options import Reduction, WatchOptions
from bellwether.watch._outbox import deliver_notices, show_receivers
from bellwether.watch._paper import RULES, PaperForecast, PaperOutcome, Voice, paper_key
from bellwether.watch._ports import WatchPorts
from bellwether.watch._silence import LAST_CHECK, LastCheck, check_silence, find_last_check

if TYPE_CHECKING:
    # Whoever only answers must not pay for what computes features.
    from bellwether.watch._asking import AskedPaper, SilentVoice, ask_paper, find_watched
    from bellwether.watch._benchmarks import find_benchmark
    from bellwether.watch._book import PaperBook, read_book
    from bellwether.watch._health import ModelWatch, SettledVoice, StandingChange
    from bellwether.watch._hit_rates import BANDS, HitBook, HitRate, rate_hits
    from bellwether.watch._judging import begin_watch, step_watch
    from bellwether.watch._outcomes import OutcomeFilter, list_outcomes
    from bellwether.watch._rebuilding import Rebuilt, rebuild_watches
    from bellwether.watch._revisions import RevisedOutcome
    from bellwether.watch._seen import SeenMarkets
    from bellwether.watch._served import SettledServed, settle_served
    from bellwether.watch._settling import LateBar, SettledPaper, settle_paper
    from bellwether.watch._value_book import ValueBook, ValueCurve, ValuePoint, ValueTrack
    from bellwether.watch._value_rows import ValueFilter, list_accounts
    from bellwether.watch._watch_notes import InputsChecked
    from bellwether.watch._watching import WatchOutcome, watch
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.watch._asking": ("AskedPaper", "SilentVoice", "ask_paper", "find_watched"),
            "bellwether.watch._benchmarks": ("find_benchmark",),
            "bellwether.watch._book": ("PaperBook", "read_book"),
            "bellwether.watch._health": ("ModelWatch", "SettledVoice", "StandingChange"),
            "bellwether.watch._hit_rates": ("BANDS", "HitBook", "HitRate", "rate_hits"),
            "bellwether.watch._judging": ("begin_watch", "step_watch"),
            "bellwether.watch._outcomes": ("OutcomeFilter", "list_outcomes"),
            "bellwether.watch._rebuilding": ("Rebuilt", "rebuild_watches"),
            "bellwether.watch._revisions": ("RevisedOutcome",),
            "bellwether.watch._seen": ("SeenMarkets",),
            "bellwether.watch._settling": ("LateBar", "SettledPaper", "settle_paper"),
            "bellwether.watch._served": ("SettledServed", "settle_served"),
            "bellwether.watch._value_book": (
                "ValueBook",
                "ValueCurve",
                "ValuePoint",
                "ValueTrack",
            ),
            "bellwether.watch._value_rows": ("ValueFilter", "list_accounts"),
            "bellwether.watch._watch_notes": ("InputsChecked",),
            "bellwether.watch._watching": ("WatchOutcome", "watch"),
        },
    )

__all__ = [
    "BANDS",
    "LAST_CHECK",
    "RULES",
    "AlertBook",
    "AlertPorts",
    "AskedPaper",
    "Checkpoint",
    "Checkpoints",
    "Delivery",
    "EmptyAcknowledgement",
    "Finding",
    "HitBook",
    "HitRate",
    "InputsChecked",
    "LastCheck",
    "LateBar",
    "ModelWatch",
    "Notice",
    "NoticeLine",
    "NoticeNotDelivered",
    "NoticeRefused",
    "NoticeTask",
    "Notifier",
    "OutboxOptions",
    "OutcomeFilter",
    "PaperBook",
    "PaperForecast",
    "PaperOutcome",
    "RaisedAlerts",
    "Rebuilt",
    "Reduction",
    "RevisedOutcome",
    "SeenMarkets",
    "SettledPaper",
    "SettledServed",
    "SettledVoice",
    "SilentVoice",
    "StandingChange",
    "Trouble",
    "UnknownEpisode",
    "UnreadableNote",
    "UnusableFinding",
    "ValueBook",
    "ValueCurve",
    "ValueFilter",
    "ValuePoint",
    "ValueTrack",
    "Voice",
    "WatchOptions",
    "WatchOutcome",
    "WatchPorts",
    "acknowledge",
    "ask_paper",
    "begin_watch",
    "check_silence",
    "deliver_notices",
    "facts_text",
    "find_benchmark",
    "find_last_check",
    "find_watched",
    "list_accounts",
    "list_outcomes",
    "paper_key",
    "raise_findings",
    "rate_hits",
    "read_book",
    "rebuild_watches",
    "settle_paper",
    "settle_served",
    "settled_bet",
    "show_change",
    "show_episode",
    "show_receivers",
    "step_watch",
    "tell_directly",
    "try_receivers",
    "watch",
]
