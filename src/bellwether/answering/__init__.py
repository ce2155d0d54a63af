"""Answering: the ladder asked off the event loop, within a time budget."""

from bellwether.answering._answerer import Answerer
from bellwether.answering._thread import ThreadAnswerer

__all__ = ["Answerer", "ThreadAnswerer"]
