"""The evidence desk: questions whose answers take libraries of training, or a while."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Protocol


class EvidenceQuestion(StrEnum):
    """What the desk can be asked."""

    ACCOUNT = "account"
    CALIBRATION = "calibration"
    HIT_RATES = "hit-rates"
    LEDGER = "ledger"
    LEDGER_CHECK = "ledger-check"
    PLAN = "plan"
    RETRAINING = "retraining"


class EvidenceDesk(Protocol):
    """Answers questions about evidence on one home: plans, rates of error, ledger, accounts.

    Treaty. May be used from any thread; of several questions one is answered after the other. It
    blocks within a bound, and whatever it meets, the process that asks is not harmed. Nothing is
    changed by asking.
    """

    def ask(self, question: EvidenceQuestion, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer to a question, as JSON values.

        Raises
        ------
        EvidenceUnavailable, EvidenceTooSlow
            If there is none.
        BellwetherError
            If what is asked about is not there, or cannot be read.
        """
        ...

    def close(self) -> None:
        """Let go of whatever answers; it may be asked again all the same."""
        ...
