"""The commands about signatures: whose word on a bundle is believed, and giving one's own."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from bellwether.adapters import write_atomically
from bellwether.bootstrap import open_workspace
from bellwether.cards import printable
from bellwether.cli._door import make_console, print_json
from bellwether.cli._errors import FileInTheWay
from bellwether.cli._options import Home, Json, ModelId
from bellwether.clock import SystemClock
from bellwether.registry import make_signing_key, read_public_key
from bellwether.service import sign_model

PUBLIC, PRIVATE_MODE = ".pub", 0o600

PublicFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The public half of a key: FILE.pub.")
]
signing_app = typer.Typer(
    name="signing",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Keys that sign models, and whose are trusted here. These are no API keys.",
)


@signing_app.command()
def new(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key is to go.")],
    as_json: Json = False,
) -> None:
    """Make a key that signs: FILE, for you alone, and FILE.pub, for those who are to trust it."""
    console = make_console(as_json=as_json)
    public_path = path.with_name(path.name + PUBLIC)
    for place in (path, public_path):
        if place.exists():
            raise FileInTheWay("a name that is free", str(place), "choose another, or move it away")
    private, public = make_signing_key()
    write_atomically(path, private, PRIVATE_MODE)
    write_atomically(public_path, public)
    key = read_public_key(public, path.name, SystemClock().now())
    if as_json:
        print_json({"signer": key.key_id, "private": str(path), "public": str(public_path)})
    else:
        console.print(f"Key {key.key_id}: keep {path} to yourself.", soft_wrap=True, markup=False)
        console.print(f"Next: bellwether signing trust {public_path}", soft_wrap=True, markup=False)


@signing_app.command()
def trust(
    path: PublicFile,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose key it is.", show_default="the file's name"),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Believe the signatures of a key from now on."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    owner = name or path.name.removesuffix(PUBLIC)
    key = read_public_key(path.read_bytes(), owner[:64], workspace.clock.now())
    workspace.trusted.add(key)
    if as_json:
        print_json({"signer": key.key_id, "name": key.name})
    else:
        line = f"Signatures of {printable(key.name)} ({key.key_id}) are believed now."
        console.print(line, soft_wrap=True, markup=False)


@signing_app.command()
def untrust(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `signing list` shows it.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Believe the signatures of a key no more; models signed by it are unsigned from now on."""
    console = make_console(as_json=as_json)
    key = open_workspace({"home": home}).trusted.remove(key_id)
    if as_json:
        print_json({"signer": key.key_id, "name": key.name})
    else:
        line = f"Signatures of {printable(key.name)} ({key.key_id}) are no longer believed."
        console.print(line, soft_wrap=True, markup=False)


@signing_app.command(name="list")
def list_trusted(home: Home = None, as_json: Json = False) -> None:
    """List whose signatures are believed here."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    found = workspace.trusted.known()
    required = workspace.settings.signatures_required
    if as_json:
        keys = [
            {"signer": key.key_id, "name": key.name, "added_at": f"{key.added_at}Z"}
            for key in found
        ]
        print_json({"trusted": keys, "required": required})
        return
    table = Table(box=None, pad_edge=False)
    for head in ("Id", "Name", "Since"):
        table.add_column(head)
    for key in found:
        table.add_row(key.key_id, printable(key.name), f"{key.added_at}Z")
    console.print(table if found else "Nobody is trusted: bellwether signing trust FILE.pub")
    console.print(f"Signatures are {'required' if required else 'not required'}.")


def sign(
    model_id: ModelId,
    key: Annotated[
        Path,
        typer.Option(
            "--key", metavar="FILE", help="Private key, as bellwether signing new makes it."
        ),
    ],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Vouch for a model: sign its bundle, which keeps its digest and takes the signature along."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    sealed = sign_model(model_id, key.read_bytes(), ports=workspace.adding)
    signer = None if sealed.signature is None else sealed.signature.signer
    is_trusted = sealed.signer is not None
    if as_json:
        facts = {"model_id": model_id, "bundle_digest": sealed.digest}
        print_json({**facts, "signer": signer, "trusted": is_trusted})
        return
    console.print(f"{model_id} is signed by {signer}.", soft_wrap=True, markup=False)
    if not is_trusted:
        console.print("That key is not trusted here: bellwether signing trust FILE.pub")
