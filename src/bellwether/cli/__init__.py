"""The terminal: every use case as a command."""

import sys
from collections.abc import Sequence

from bellwether.cli._door import run


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the program's name; the process's own by default.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    sys.exit(run(lambda: _call(given), as_json="--json" in given))


def _call(arguments: list[str]) -> object:
    # Loaded behind the door: Ctrl-C while numpy and friends load is answered like any other.
    import typer.main  # noqa: PLC0415

    from bellwether.cli._commands import app  # noqa: PLC0415

    command = typer.main.get_command(app)
    return command(args=arguments, prog_name="bellwether", standalone_mode=False)


__all__ = ["main"]
