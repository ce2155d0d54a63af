"""A disk: what is surely on it, and what a power cut may leave of everything since."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bellwether.service import JournalHead

_SECTOR_BYTES = (512, 4096)


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened to a file, or was told to somebody."""

    kind: str
    name: str = ""
    at: int = 0
    content: bytes = b""
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(eq=False)
class _Content:
    """A file: what is surely on the disk, and what was done to it since."""

    synced: bytearray = field(default_factory=bytearray)
    since: list[Event] = field(default_factory=list)

    def sync(self) -> None:
        for event in self.since:
            _apply(self.synced, event)
        self.since.clear()

    def survive(self, chance: np.random.Generator) -> bytes:
        """Return the file as a cut may leave it."""
        left = bytearray(self.synced)
        share = float(chance.choice([0.0, 1.0, chance.random()]))
        sector_bytes = int(chance.choice(_SECTOR_BYTES))
        for event in self.since:
            if event.kind == "write" and chance.random() < 0.5:
                for part in _tear(event, sector_bytes):
                    if chance.random() < share:
                        _apply(left, part)
            elif chance.random() < share:
                _apply(left, event)
        return bytes(left)


def _apply(content: bytearray, event: Event) -> None:
    if event.kind == "truncate":
        del content[event.at :]
        content.extend(bytes(event.at - len(content)))
        return
    content.extend(bytes(max(0, event.at - len(content))))
    content[event.at : event.at + len(event.content)] = event.content


def _tear(event: Event, sector_bytes: int) -> Iterator[Event]:
    """Yield the parts of a write that lie in one sector each."""
    at, end = event.at, event.at + len(event.content)
    while at < end:
        upto = min(end, (at // sector_bytes + 1) * sector_bytes)
        yield Event(kind="write", at=at, content=event.content[at - event.at : upto - event.at])
        at = upto


class Disk:
    """The files of a folder, as events change them, and as a cut may leave them.

    Attributes
    ----------
    head : JournalHead
        The last one acknowledged.
    counts : dict of str to int
        How often answers were acknowledged, by id.
    """

    def __init__(self) -> None:
        self.head = JournalHead()
        self.counts: dict[str, int] = {}
        self._folders: set[str] = set()
        self._here: dict[str, _Content | None] = {}
        self._synced: dict[str, _Content | None] = {}
        self._since: list[tuple[str, _Content | None]] = []

    def take(self, event: Event) -> None:
        """Go on by one event."""
        content = self._here.get(event.name)
        if event.kind == "acknowledge":
            self.head = JournalHead.from_text(event.name)
            self.counts.update(event.counts)
        elif event.kind in {"make", "make_folder", "remove"}:
            self._change_name(event)
        elif event.kind == "sync_folder":
            self._sync_folder(event.name)
        elif content is not None and event.kind == "sync":
            content.sync()
        elif content is not None:  # else a file that was not noted down when it was made, a lock
            content.since.append(event)

    def _change_name(self, event: Event) -> None:
        if event.kind == "make_folder":
            self._folders.add(event.name)
        content = None if event.kind == "remove" else _Content()
        self._here[event.name] = content
        self._since.append((event.name, content))

    def _sync_folder(self, folder: str) -> None:
        for name, content in self._since:
            if _folder_of(name) == folder:
                self._synced[name] = content
        self._since = [one for one in self._since if _folder_of(one[0]) != folder]

    def cut(self, root: Path, chance: np.random.Generator) -> None:
        """Write down what is left after a cut at this moment."""
        left = dict(self._synced)
        share = float(chance.choice([0.0, 1.0, 0.5]))
        forgotten = {name for name, _ in self._since if chance.random() >= share}
        left.update(one for one in self._since if one[0] not in forgotten)
        for name in sorted(left):
            content, path = left[name], root / name
            if content is None or not path.parent.is_dir():
                continue  # removed, or in a folder that was lost
            if name in self._folders:
                path.mkdir()
            else:
                path.write_bytes(content.survive(chance))


def _folder_of(name: str) -> str:
    return name.rpartition("/")[0]
