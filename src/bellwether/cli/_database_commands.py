"""The commands about what is kept: its databases, a backup of it, and putting one back."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bellwether.adapters import (
    BackupManifest,
    HomePlaces,
    back_up,
    find_ledgers,
    restore_backup,
    upgrade_ledgers,
)
from bellwether.cli._door import make_console, print_json
from bellwether.cli._options import ELSEWHERE, FLAG, Home, Json
from bellwether.clock import SystemClock
from bellwether.settings import load_settings

database_app = typer.Typer(
    name="database",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Look after the databases of registry and journal.",
)
BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")]


@database_app.command()
def status(home: Home = None, as_json: Json = False) -> None:
    """Say where registry and journal are and whether their schemas are today's.

    Changes nothing. The setting `database` (BELLWETHER_DATABASE) names a URL; without one they
    are SQLite files in the home folder.
    """
    console = make_console(as_json=as_json)
    found = find_ledgers(_find_places(home))
    if as_json:
        print_json(
            {
                one.ledger: {
                    "place": one.place,
                    "engine": one.engine,
                    "schema": one.schema,
                    "latest": one.latest,
                    "state": one.state,
                    "notices": one.notices,
                }
                for one in found
            }
        )
        return
    for one in found:
        version = "" if one.schema is None else f" (schema {one.schema} of {one.latest})"
        console.print(
            f"The {one.ledger} is {one.state}{version}: {one.place}, {one.engine}",
            markup=False,
            soft_wrap=True,
        )
    for notice in dict.fromkeys(notice for one in found for notice in one.notices):
        console.print(f"Notice: {notice}.", markup=False, soft_wrap=True)


@database_app.command()
def upgrade(home: Home = None, as_json: Json = False) -> None:
    """Make the databases, or bring older ones up to date: each in one transaction.

    Any other command does so too when it opens them. An SQLite file is copied first, to a file
    beside it whose name ends in `.before-schema-N`.
    """
    console = make_console(as_json=as_json)
    done = upgrade_ledgers(_find_places(home))
    if as_json:
        print_json({name: {"before": before, "after": after} for name, before, after in done})
        return
    for name, before, after in done:
        moved = "was made" if before is None else f"went from schema {before}"
        told = f"is at schema {after}" if before == after else f"{moved}, is at schema {after}"
        console.print(f"The {name} {told}.")


def backup(file: BackupFile, home: Home = None, as_json: Json = False) -> None:
    """Write everything a home holds into one file, while the service runs.

    Models, bundles, evidence, trials, journal, keys and stored bars, each as it is at one
    moment, with their digests and the journal's head. The work folder is left out: training
    does it again. The file holds the digests of keys: only its owner may read it.

    Example: `bellwether backup /backups/bellwether-$(date +%F).zip`
    """
    console = make_console(as_json=as_json)
    done = back_up(file, _find_places(home), SystemClock())
    if as_json:
        print_json({"file": str(file), **_manifest_json(done)})
    else:
        _tell(console, f"Written to {file}", done)


def restore(
    file: BackupFile,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            metavar=FLAG,
            rich_help_panel=ELSEWHERE,
            help="Put aside what the home folder holds; it stays there in .replaced-*.",
        ),
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Put a backup back: checked from end to end first, then in place whole or not at all.

    Stop the service before. The home folder must be empty, or new. With the setting `database`
    registry and journal go to that database, which must be empty, of whichever kind the backup
    was made.

    Example: `bellwether restore backup.zip --home restored`
    """
    console = make_console(as_json=as_json)
    places = _find_places(home)
    done = restore_backup(file, places, replace=replace)
    if as_json:
        print_json({"home": str(places.home), **_manifest_json(done)})
    else:
        _tell(console, f"Restored to {places.home}", done)


def _find_places(home: Path | None) -> HomePlaces:
    settings = load_settings({"home": home})
    url = None if settings.database is None else settings.database.get_secret_value()
    return HomePlaces(
        home=settings.home,
        registry=url or settings.home / "registry.sqlite",
        journal=url or settings.home / "journal.sqlite",
    )


def _manifest_json(manifest: BackupManifest) -> dict[str, object]:
    return {
        "made_at": manifest.made_at,
        "bellwether_version": manifest.bellwether_version,
        "journal_head": str(manifest.journal_head),
        "models": manifest.n_models,
        "models_without_bundle": manifest.without_bundle,
        "parts": len(manifest.parts),
        "bytes": sum(part.n_bytes for part in manifest.parts),
    }


def _tell(console: Console, done: str, manifest: BackupManifest) -> None:
    size = sum(part.n_bytes for part in manifest.parts) / 1e6
    console.print(
        f"{done}: {manifest.n_models} models and {manifest.journal_head.number} records of the "
        f"journal, {len(manifest.parts)} parts, {size:.1f} MB, made {manifest.made_at}.",
        markup=False,
        soft_wrap=True,
    )
    console.print(f"Head of the journal: {manifest.journal_head}", soft_wrap=True)
    if manifest.without_bundle:
        names = ", ".join(manifest.without_bundle)
        console.print(f"[yellow]Without a bundle:[/yellow] {names}", soft_wrap=True)
