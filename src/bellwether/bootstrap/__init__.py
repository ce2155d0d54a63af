"""Bootstrap: the only place that names adapters and puts a workspace together."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend
from bellwether.bootstrap._errors import HomeUnusable
from bellwether.bootstrap._home import Home
from bellwether.bootstrap._workspace import Workspace, open_workspace

if TYPE_CHECKING:
    # Whoever only answers must not pay for watching.
    from bellwether.bootstrap._alerting import open_alerts
    from bellwether.bootstrap._evidence import HomeEvidence
    from bellwether.bootstrap._rehearsal import memory_ports, rehearse_in_memory
    from bellwether.bootstrap._resting import find_resting_at_home
    from bellwether.bootstrap._retraining import (
        advance_retraining,
        compare_models,
        features_of_model,
        find_shadow_models,
        plan_of_model,
        read_retrainings,
        retraining_ports,
    )
    from bellwether.bootstrap._settings_view import describe_settings
    from bellwether.bootstrap._watch_options import retraining_options, watch_options
    from bellwether.bootstrap._watching import (
        TickOutcome,
        WatchState,
        read_watch,
        rebuild_watch,
        run_tick,
        run_watch,
        watch_ports,
    )
else:
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.bootstrap._alerting": ("open_alerts",),
            "bellwether.bootstrap._evidence": ("HomeEvidence",),
            "bellwether.bootstrap._rehearsal": ("memory_ports", "rehearse_in_memory"),
            "bellwether.bootstrap._resting": ("find_resting_at_home",),
            "bellwether.bootstrap._retraining": (
                "advance_retraining",
                "compare_models",
                "features_of_model",
                "find_shadow_models",
                "plan_of_model",
                "read_retrainings",
                "retraining_ports",
            ),
            "bellwether.bootstrap._watch_options": ("retraining_options", "watch_options"),
            "bellwether.bootstrap._settings_view": ("describe_settings",),
            "bellwether.bootstrap._watching": (
                "TickOutcome",
                "WatchState",
                "read_watch",
                "rebuild_watch",
                "run_tick",
                "run_watch",
                "watch_ports",
            ),
        },
    )

__all__ = [
    "Home",
    "HomeEvidence",
    "HomeUnusable",
    "TickOutcome",
    "WatchState",
    "Workspace",
    "advance_retraining",
    "compare_models",
    "describe_settings",
    "features_of_model",
    "find_resting_at_home",
    "find_shadow_models",
    "memory_ports",
    "open_alerts",
    "open_workspace",
    "plan_of_model",
    "read_retrainings",
    "read_watch",
    "rebuild_watch",
    "rehearse_in_memory",
    "retraining_options",
    "retraining_ports",
    "run_tick",
    "run_watch",
    "watch_options",
    "watch_ports",
]
