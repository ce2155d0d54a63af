"""The terminal: every use case as a command."""

import contextlib
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
    if arguments[:1] == ["serve"]:
        return _serve(arguments)
    import typer.main  # noqa: PLC0415

    from bellwether.cli._commands import app  # noqa: PLC0415

    command = typer.main.get_command(app)
    return command(args=arguments, prog_name="bellwether", standalone_mode=False)


def _serve(arguments: list[str]) -> object:
    """Serve, with the process that computes models launched before anything is loaded here."""
    from bellwether.answering import Launched  # noqa: PLC0415

    spared = {"-h", "--help", "--in-process", "--workers"}
    with contextlib.ExitStack() as stack:
        launched = None
        if not any(given.partition("=")[0] in spared for given in arguments):
            with contextlib.suppress(OSError):  # it is tried again, and then said, by who needs it
                launched = stack.enter_context(Launched())
        import typer.main  # noqa: PLC0415

        from bellwether.cli._serve_app import app  # noqa: PLC0415

        command = typer.main.get_command(app)
        return command(args=arguments, prog_name="bellwether", standalone_mode=False, obj=launched)


__all__ = ["main"]
