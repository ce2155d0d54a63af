"""The process behind the evidence desk: answers lines of JSON until its input closes.

Run as ``python -m bellwether.bootstrap._evidence_child HOME``. A question that meets an error of
ours is answered with it; a defect ends the process, and whoever asked is told so.
"""

import json
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from bellwether.adapters import describe_failure
from bellwether.bootstrap._evidence import HomeEvidence
from bellwether.bootstrap._workspace import open_workspace
from bellwether.errors import BellwetherError
from bellwether.service import EvidenceDesk, EvidenceQuestion, EvidenceUnavailable


def answer_lines(desk: EvidenceDesk, lines: Iterable[str], out: TextIO) -> None:
    """Answer each line with one.

    Parameters
    ----------
    desk : EvidenceDesk
    lines : iterable of str
    out : text stream
    """
    for line in lines:
        told = json.loads(line)
        answer = {"number": told["number"], **_answer(desk, told)}
        out.write(json.dumps(answer, allow_nan=False) + "\n")
        out.flush()


def _answer(desk: EvidenceDesk, told: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": desk.ask(EvidenceQuestion(told["question"]), told["asked"])}
    except BellwetherError as error:
        return {"failed": describe_failure(error)}
    except OSError as error:
        unreadable = EvidenceUnavailable(f"files that cannot be read: {error.strerror}")
        return {"failed": describe_failure(unreadable)}


def main() -> None:
    """Answer about the home that the first argument names."""
    # Whatever a library prints must not stand between the answers.
    out, sys.stdout = sys.stdout, sys.stderr
    workspace = open_workspace({"home": sys.argv[1]}, opens_late=True)
    answer_lines(HomeEvidence(workspace), sys.stdin, out)


if __name__ == "__main__":
    main()
