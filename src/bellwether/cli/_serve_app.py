"""`bellwether serve` without the other commands: a service loads nothing that trains."""

import typer

from bellwether.cli._serve_commands import serve

app = typer.Typer(
    name="bellwether",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve)


@app.callback()
def root() -> None:
    """Make it a group of one, so that usage and help read as among all the commands."""
