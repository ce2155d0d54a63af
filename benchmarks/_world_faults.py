"""Faults of what the home holds beside models: databases, folders, stored bars, the rules."""

import contextlib
import resource
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from _crafted import FIRST, Crafted, craft, promote, register
from _fault_site import (
    FaultCase,
    Site,
    lock,
    remove_database,
    replace_database,
    return_database,
)
from _model_faults import bundle_path

GARBAGE = bytes(range(256)) * 64
_NOW_OR_NOT = (None, "registry_unavailable")


def _file(name: str) -> Callable[[Site], Path]:
    return lambda site: site.home / name


def _in_turn(*steps: Callable[[Site], object]) -> Callable[[Site], object]:
    def take(site: Site) -> None:
        for step in steps:
            step(site)

    return take


_registry, _journal = _file("registry.sqlite"), _file("journal.sqlite")


def _registry_case(
    name: str,
    break_it: Callable[[Site], object],
    mend: Callable[[Site], object],
    *reasons: str | None,
    repeat: Callable[[Site], object] | None = None,
) -> FaultCase:
    allowed = frozenset(reasons)
    return FaultCase(
        group="registry", name=name, allowed=allowed, shows=allowed, break_it=break_it, mend=mend,
        repeat=repeat,
    )  # fmt: skip


def _journal_case(
    name: str, break_it: Callable[[Site], object], mend: Callable[[Site], object]
) -> FaultCase:
    """Return a case in which the journal cannot be written: who answers is not touched by it."""
    return FaultCase(
        group="journal", name=name, allowed=frozenset({None}), shows=frozenset({None}),
        break_it=break_it, mend=mend, is_unjournalled=True,
    )  # fmt: skip


def _home_case(
    name: str,
    break_it: Callable[[Site], object],
    mend: Callable[[Site], object],
    *reasons: str | None,
) -> FaultCase:
    allowed = frozenset({*reasons, None})
    return FaultCase(
        group="home", name=name, allowed=allowed, shows=allowed, break_it=break_it, mend=mend,
        is_unjournalled=True,
    )  # fmt: skip


def _cut(path: Path) -> bytes:
    return path.read_bytes()[:5000]


def _put_older_registry(site: Site) -> None:
    """Put a registry back in which the model before the champion serves alone."""
    remove_database(site, _registry(site))
    older = site.home / "older"
    shutil.copy(older / "registry.sqlite", _registry(site))


def _keep_older_registry(home: Path) -> dict[str, Crafted]:
    """Make the registry as it was before the champion came."""
    older = home / "older"
    older.mkdir()
    crafted = craft(FIRST, probability_up=(0.575,), expected_return=(0.003,))
    register(older, crafted)
    promote(older, FIRST)
    return {}


def _write_much(site: Site) -> None:
    """Commit to the registry's file, as another process that trains does."""
    connection = sqlite3.connect(_registry(site), timeout=5.0)
    connection.execute("CREATE TABLE IF NOT EXISTS study (n INTEGER)")
    connection.execute("INSERT INTO study VALUES (1)")
    connection.commit()
    connection.close()


def _limit_file_size(site: Site) -> None:
    """Let the service write nothing beyond where its files end already: as on a full disk."""
    _, most = resource.prlimit(site.front, resource.RLIMIT_FSIZE)
    resource.prlimit(site.front, resource.RLIMIT_FSIZE, (4096, most))


def _free_file_size(site: Site) -> None:
    _, most = resource.prlimit(site.front, resource.RLIMIT_FSIZE)
    resource.prlimit(site.front, resource.RLIMIT_FSIZE, (most, most))


def _fill_disk(site: Site) -> None:
    """Fill the small file system that the home is on."""
    with (site.home / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
        while True:
            ballast.write(bytes(4096))


def _freeze(site: Site, pattern: str = "*") -> None:
    """Let nobody write some files of the home, nor anything beside them."""
    for path in (*sorted(site.home.rglob(pattern)), site.home):
        path.chmod(0o555 if path.is_dir() else 0o444)


def _thaw(site: Site) -> None:
    site.home.chmod(0o755)
    for path in sorted(site.home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _snapshots(site: Site) -> list[Path]:
    """Return both files of every snapshot: of one alone nobody would notice the loss."""
    return sorted((site.home / "bars" / "snapshots").glob("[!.]*"))


def _markets(site: Site) -> list[Path]:
    return sorted((site.home / "bars" / "markets").glob("*.json"))


def _stored_case(
    name: str, break_it: Callable[[Site], object], mend: Callable[[Site], object], *more: str | None
) -> FaultCase:
    """Return a case in which stored bars cannot be read; those in requests are not touched."""
    allowed = frozenset({"bars_unavailable", None, *more})
    return FaultCase(
        group="stored bars", name=name, allowed=allowed,
        shows=frozenset({"bars_unavailable", None}), break_it=break_it, mend=mend,
    )  # fmt: skip


def _spoil_all(paths: Callable[[Site], list[Path]], site: Site) -> None:
    for path in paths(site):
        site.keep(path).write_bytes(GARBAGE)
    _show_news(site)


def _mend_all(paths: Callable[[Site], list[Path]], site: Site) -> None:
    for path in paths(site):
        if site.aside(path).exists():
            site.put_back(path)


def _take_snapshots(site: Site) -> None:
    for path in _snapshots(site):
        site.take(path)


def _give_snapshots(site: Site) -> None:
    aside = site.folder / "aside"
    for path in sorted([*aside.glob("*.bars"), *aside.glob("*.parquet")]):
        site.give(site.home / "bars" / "snapshots" / path.name)


def _show_news(site: Site) -> None:
    """Touch the market's list, so that the service looks at its bars again."""
    for path in _markets(site):
        path.touch()


REGISTRY_FAULTS: tuple[FaultCase, ...] = (
    _registry_case(
        "locked by somebody",
        lambda site: lock(site, _registry(site)),
        lambda site: site.release(),
        *_NOW_OR_NOT,
    ),
    _registry_case(
        "deleted",
        lambda site: remove_database(site, _registry(site)),
        lambda site: return_database(site, _registry(site)),
        "registry_unavailable",
    ),
    _registry_case(
        "garbage",
        lambda site: replace_database(site, _registry(site), GARBAGE),
        lambda site: return_database(site, _registry(site)),
        "registry_unavailable",
    ),
    _registry_case(
        "cut short",
        lambda site: replace_database(site, _registry(site), _cut(_registry(site))),
        lambda site: return_database(site, _registry(site)),
        "registry_unavailable",
    ),
    _registry_case(
        "only to be read",
        lambda site: _freeze(site, pattern="registry.sqlite*"),
        _thaw,
        None,
    ),
    replace(
        _registry_case(
            "replaced by an older copy",
            _put_older_registry,
            lambda site: return_database(site, _registry(site)),
            None,
        ),
        prepare=_keep_older_registry,
        answered_by=FIRST,
    ),
    _registry_case(
        "written while it is read", lambda _: None, lambda _: None, None, repeat=_write_much
    ),
)
JOURNAL_FAULTS: tuple[FaultCase, ...] = (
    _journal_case(
        "locked by somebody",
        lambda site: lock(site, _journal(site)),
        lambda site: site.release(),
    ),
    _journal_case(
        "deleted",
        lambda site: remove_database(site, _journal(site)),
        lambda site: return_database(site, _journal(site)),
    ),
    _journal_case(
        "garbage",
        lambda site: replace_database(site, _journal(site), GARBAGE),
        lambda site: return_database(site, _journal(site)),
    ),
    _journal_case(
        "a folder in its place",
        _in_turn(
            lambda site: remove_database(site, _journal(site)), lambda site: _journal(site).mkdir()
        ),
        _in_turn(
            lambda site: _journal(site).rmdir(), lambda site: return_database(site, _journal(site))
        ),
    ),
    _journal_case("only to be read", lambda site: _freeze(site, pattern="journal.sqlite*"), _thaw),
    _journal_case("no file may grow", _limit_file_size, _free_file_size),
)
DISK_FAULTS: tuple[FaultCase, ...] = (
    _home_case("disk full", _fill_disk, lambda site: (site.home / "ballast").unlink()),
)
FOLDER_FAULTS: tuple[FaultCase, ...] = (
    _home_case("only to be read", _freeze, _thaw),
    _home_case(
        "moved away",
        lambda site: site.home.rename(site.home.with_name("elsewhere")),
        lambda site: _move_home_back(site.home),
        *("registry_unavailable", "bundle_missing", "bars_unavailable"),
    ),
)


def _move_home_back(home: Path) -> None:
    if home.is_dir():
        shutil.rmtree(home)
    home.with_name("elsewhere").rename(home)


STORED_FAULTS: tuple[FaultCase, ...] = (
    _stored_case(
        "the bars are garbage",
        lambda site: _spoil_all(_snapshots, site),
        _in_turn(lambda site: _mend_all(_snapshots, site), _show_news),
    ),
    _stored_case(
        "the bars are deleted",
        _in_turn(_take_snapshots, _show_news),
        _in_turn(_give_snapshots, _show_news),
    ),
    _stored_case(
        "the list of snapshots is garbage",
        lambda site: _spoil_all(_markets, site),
        lambda site: _mend_all(_markets, site),
    ),
    _stored_case(
        "the whole store is gone",
        lambda site: site.take(site.home / "bars"),
        lambda site: site.give(site.home / "bars"),
    ),
)


def _two_at_once(site: Site) -> None:
    for model_id in ("champion", FIRST):
        site.keep(bundle_path(site.home, model_id)).unlink()
    site.keep(site.home / "rules.bundle").write_bytes(GARBAGE)


def _mend_two(site: Site) -> None:
    for model_id in ("champion", FIRST):
        site.put_back(bundle_path(site.home, model_id))
    site.put_back(site.home / "rules.bundle")


RULES_FAULTS: tuple[FaultCase, ...] = (
    FaultCase(
        group="rules", name="their file is garbage", allowed=frozenset({None}),
        shows=frozenset({None}),
        break_it=lambda site: site.keep(site.home / "rules.bundle").write_bytes(GARBAGE),
        mend=lambda site: site.put_back(site.home / "rules.bundle"),
    ),
    FaultCase(
        group="rules", name="their file is garbage and no model is there",
        allowed=frozenset({"bundle_missing"}), shows=frozenset({"bundle_missing"}),
        break_it=_two_at_once, mend=_mend_two,
    ),
)  # fmt: skip
WORLD_FAULTS = (
    *REGISTRY_FAULTS,
    *JOURNAL_FAULTS,
    *DISK_FAULTS,
    *FOLDER_FAULTS,
    *STORED_FAULTS,
    *RULES_FAULTS,
)
