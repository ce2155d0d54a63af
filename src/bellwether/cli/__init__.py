"""The terminal: every use case as a command."""

import sys

import typer.main

from bellwether.cli._commands import app
from bellwether.cli._door import run


def main() -> None:
    """Run the command line and exit with its code."""
    command = typer.main.get_command(app)
    sys.exit(run(lambda: command(standalone_mode=False)))


__all__ = ["app", "main"]
