"""The process in which a bundle from elsewhere is tried out.

Started as `python -m bellwether.adapters._probe_process MEMORY_BYTES SECONDS NAME` by
`ProcessProbe`, with the bundle on its input. It limits itself before it looks at the bundle,
writes one JSON object and ends. Whatever the bundle does to it, nobody else notices.
"""

import json
import os
import resource
import sys
from pathlib import Path

from bellwether.adapters._atomic_file import write_all
from bellwether.errors import BellwetherError
from bellwether.registry import make_rules_bundle, open_bundle, pack_bundle

_ANSWER_BYTES = 1 << 14
_MEMORY_PAGES = Path("/proc/self/statm")


def prove(content: bytes, name: str) -> dict[str, str | None]:
    """Open a bundle and tell whether it holds, as facts for the parent."""
    try:
        open_bundle(content, name)
    except BellwetherError as error:
        facts = {"expected": error.expected, "was": error.was, "hint": error.hint}
        return {"refused": type(error).__name__, **facts}
    except MemoryError:
        facts = {"expected": "", "was": "", "hint": ""}
        return {"refused": "MemoryError", **facts}
    return {"refused": None, "expected": "", "was": "", "hint": ""}


def limit(memory_bytes: int, seconds: int) -> None:
    """Allow this process so much more memory and time, small files, and no others beside it."""
    for kind, most in (
        (resource.RLIMIT_AS, _measure() + memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, _ANSWER_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # A second later the system kills outright, and nobody could tell why.
        last = allowed + 1 if kind == resource.RLIMIT_CPU and allowed == most else allowed
        resource.setrlimit(kind, (allowed, last))


def _measure() -> int:
    """Return the memory this process has laid claim to, in bytes."""
    try:
        pages = int(_MEMORY_PAGES.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):  # not on Linux: what the libraries take at most
        return 2 << 30
    return pages * os.sysconf("SC_PAGE_SIZE")


def warm_up() -> None:
    """Let the libraries lay claim to what they will, before that is limited."""
    open_bundle(pack_bundle(make_rules_bundle()), "rules")


if __name__ == "__main__":
    _, memory_bytes, seconds, name = sys.argv
    warm_up()
    # Whatever a library prints is no answer: a graph chooses the names in its messages.
    channel = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    content = sys.stdin.buffer.read()
    limit(int(memory_bytes), int(seconds))
    write_all(channel, json.dumps(prove(content, name)).encode("ascii"))
