"""What an audit noticed, each as one sentence with its remedy."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What is the matter with forecasts."""

    LOOK_AHEAD = "look-ahead"
    MISALIGNED = "misaligned"
    DAY_SHIFTED = "a day off"
    LATE = "perhaps late"
    COPY = "copy"
    TOO_GOOD = "too good"
    GAPS = "gaps"
    DUPLICATES = "duplicates"
    NO_BAR = "no bar"
    MOVED = "moved"
    AHEAD_OF_BARS = "after the last bar"
    UNREADABLE = "unreadable"
    LEFT_OUT = "left out"
    READ_AS = "read as"
    LIMITS = "limits"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """One thing that is worth knowing about the forecasts.

    Parameters
    ----------
    kind : FindingKind
    sentence : str
        What was found, as a clause for a person.
    remedy : str
        What to do about it; empty where nothing needs doing.
    blocks : bool
        Whether nothing may be concluded from the forecasts while it stands.
    column : str
        The column it is about; empty where it is about all.
    """

    kind: FindingKind
    sentence: str
    remedy: str = ""
    blocks: bool = False
    column: str = ""

    def __str__(self) -> str:
        about = f"{self.column}: " if self.column else ""
        return f"{self.kind}: {about}{self.sentence}"

    def to_json(self) -> dict[str, object]:
        """Return the finding as JSON values."""
        return {**asdict(self), "kind": str(self.kind)}
