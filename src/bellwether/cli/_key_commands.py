"""The commands about API keys: who may ask the service for what."""

from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from bellwether.bootstrap import open_workspace
from bellwether.cli._door import make_console, print_json
from bellwether.cli._durations import read_duration
from bellwether.cli._options import ELSEWHERE, FLAG, Home, Json
from bellwether.service import ApiKey, Scope, create_key, revoke_key, rotate_key

SHOWN_ONCE = "Shown this once: keep it where secrets are kept. Only its digest is stored."

KeyName = Annotated[
    str, typer.Argument(metavar="KEY", help="A key's name or id, as `keys list` shows it.")
]
keys_app = typer.Typer(
    name="keys",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Make, list, rotate and revoke the API keys of the service.",
)


@keys_app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is, or what for.")],
    scope: Annotated[
        list[Scope],
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help="What it is for: predict, read, operate (promote, roll back, upload, import, "
            "jobs), admin (everything). May be repeated.",
        ),
    ],
    expires_in: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Such as 12h or 90d.", show_default="it does not expire"),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a key and show it, once.

    Example: `bellwether keys create desk --scope predict --scope read --expires-in 90d`
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    now = workspace.clock.now()
    ends = None if expires_in is None else now + read_duration(expires_in)
    key, secret = create_key(workspace.keys, name, scope, now, ends)
    _show_secret(console, key, secret, now, as_json=as_json)


@keys_app.command(name="list")
def list_keys(
    every: Annotated[
        bool, typer.Option("--all", metavar=FLAG, help="Those that open nothing any more, too.")
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """List the keys in use: what each is for, and until when. Secrets are not stored."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    now = workspace.clock.now()
    found = [key for key in workspace.keys.known() if every or key.find_fault(now) is None]
    if as_json:
        print_json({"keys": [_key_json(key, now) for key in found]})
        return
    if not found:
        console.print("No key in use: bellwether keys create NAME --scope predict makes one.")
        return
    table = Table(box=None, pad_edge=False)
    for head in ("Id", "Name", "For", "Since", "Until", "State"):
        table.add_column(head)
    for key in found:
        ends = "-" if key.expires_at is None else _day(key.expires_at)
        scopes = ", ".join(scope.value for scope in key.scopes)
        table.add_row(key.key_id, key.name, scopes, _day(key.created_at), ends, _state(key, now))
    console.print(table)


@keys_app.command()
def rotate(
    key_name: KeyName,
    grace: Annotated[
        str,
        typer.Option(
            metavar="TIME",
            rich_help_panel=ELSEWHERE,
            help="How long the old secret is taken yet; 0m ends it at once.",
        ),
    ] = "24h",
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Give a key a new secret and show it, once; the old one is taken for a while yet."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    now = workspace.clock.now()
    key, secret = rotate_key(workspace.keys, key_name, now, read_duration(grace))
    _show_secret(console, key, secret, now, as_json=as_json)


@keys_app.command()
def revoke(key_name: KeyName, home: Home = None, as_json: Json = False) -> None:
    """Let a key open nothing from now on, in every process that serves."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    now = workspace.clock.now()
    key = revoke_key(workspace.keys, key_name, now)
    if as_json:
        print_json(_key_json(key, now))
    else:
        console.print(f"Key {key.key_id} ({key.name}) is revoked.", markup=False)


def _show_secret(
    console: Console, key: ApiKey, secret: str, now: np.datetime64, *, as_json: bool
) -> None:
    if as_json:
        print_json({**_key_json(key, now), "key": secret})
        return
    console.print(secret, soft_wrap=True, markup=False)
    console.print(SHOWN_ONCE)


def _key_json(key: ApiKey, now: np.datetime64) -> dict[str, object]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "scopes": [scope.value for scope in key.scopes],
        "created_at": f"{key.created_at}Z",
        "expires_at": _instant(key.expires_at),
        "revoked_at": _instant(key.revoked_at),
        "old_secret_until": _instant(key.old_until),
        "state": _state(key, now),
    }


def _state(key: ApiKey, now: np.datetime64) -> str:
    fault = key.find_fault(now)
    return "in use" if fault is None else fault.name.lower()


def _instant(at: np.datetime64 | None) -> str | None:
    return None if at is None else f"{at}Z"


def _day(at: np.datetime64) -> str:
    return str(np.datetime_as_string(at, unit="D"))
