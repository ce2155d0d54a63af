"""Answering: the ladder asked off the event loop, within a time budget."""

from typing import TYPE_CHECKING

from bellwether._lazy import lend

if TYPE_CHECKING:
    from bellwether.answering._answerer import Answerer
    from bellwether.answering._child_answerer import ChildAnswerer
    from bellwether.answering._errors import InferenceProcessDown
    from bellwether.answering._launch import Launched
    from bellwether.answering._options import ChildOptions
    from bellwether.answering._thread import ThreadAnswerer
else:
    # The inference process comes in by this root too, and has no use for what is asked of it.
    __getattr__, __dir__ = lend(
        __name__,
        {
            "bellwether.answering._answerer": ("Answerer",),
            "bellwether.answering._child_answerer": ("ChildAnswerer",),
            "bellwether.answering._errors": ("InferenceProcessDown",),
            "bellwether.answering._launch": ("Launched",),
            "bellwether.answering._options": ("ChildOptions",),
            "bellwether.answering._thread": ("ThreadAnswerer",),
        },
    )

__all__ = [
    "Answerer",
    "ChildAnswerer",
    "ChildOptions",
    "InferenceProcessDown",
    "Launched",
    "ThreadAnswerer",
]
