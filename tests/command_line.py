"""What calling the command line gives a test, and the market that many calls are about."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a command line left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.out)


class Call(Protocol):
    """Runs the command line in this process."""

    def __call__(self, *arguments: object) -> Answer: ...


@dataclass(frozen=True, kw_only=True)
class EdgeMarket:
    """A simulated market with a planted edge, and a home where its model was promoted."""

    past: Path
    later: Path
    home: Path
    trained: Answer
