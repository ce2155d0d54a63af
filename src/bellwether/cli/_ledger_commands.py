"""The commands about the trial ledger: who tried what, whether it holds, where it ends."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.text import Text

from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cards import as_sentence, printable, write_count, write_instant
from bellwether.cli._door import make_console, print_json
from bellwether.cli._options import ELSEWHERE, FLAG, Home, Json
from bellwether.cli._plain_table import plain_table
from bellwether.registry import TrialLogTampered
from bellwether.service import Ledger, LedgerCheck, TrialFamily
from bellwether.trials import Trial, TrialHead
from bellwether.validation import critical_t

SHOWN_PIPELINES, SHOWN_ENTRIES = 10, 20

ledger_app = typer.Typer(
    name="ledger",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Who tried what on which bars; it sets how strict the next verdict is.",
)


@ledger_app.command("show")
def show_ledger(
    entries: Annotated[
        bool,
        typer.Option(
            "--entries", metavar=FLAG, help=f"List the latest {SHOWN_ENTRIES} entries, too."
        ),
    ] = False,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show every market that was tried on: pipelines looked at, and the level left for the next.

    Training writes the ledger by itself: each fit, each new seed or feature set, and each look
    at an out-of-sample result. Every further pipeline looked at on the same bars makes the next
    verdict stricter for all of them. With --json all entries are listed.
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    ledger, trials = workspace.read_ledger(), workspace.trials.entries()
    if as_json:
        print_json({**ledger.to_json(), "entries": [_entry_json(trial) for trial in trials]})
        return
    if not ledger.families:
        _tell_nothing(console, workspace)
        return
    for family in ledger.families:
        _print_family(console, family, ledger.level)
    if entries:
        _print_entries(console, trials)
    _print_head(console, ledger)


@ledger_app.command("verify")
def verify(
    head: Annotated[
        str | None,
        typer.Option(
            metavar="N:DIGEST",
            help="A head noted down earlier: also notices a ledger cut short or put back whole.",
            rich_help_panel=ELSEWHERE,
        ),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Look for entries that were changed, cut off, put back - or that should be there and are not.

    The chain of digests is checked, then every registered model, all kept evidence and every
    kept fit is looked for in it. Exit code 8 where anything is wrong.
    """
    console = make_console(as_json=as_json)
    kept = None if head is None else TrialHead.from_text(head)
    workspace = open_workspace({"home": home})
    check = workspace.verify_ledger(kept)
    if as_json:
        print_json(check.to_json())
    else:
        _print_check(console, check, compared=kept is not None)
        if check.head is not None and not check.head.n_entries:
            _tell_nothing(console, workspace)
    if not check.is_sound:
        raise typer.Exit(TrialLogTampered.exit_code)


@ledger_app.command("head")
def show_head(home: Home = None, as_json: Json = False) -> None:
    """Print where the ledger ends: note it down elsewhere, and verify can tell more later."""
    workspace = open_workspace({"home": home})
    head = TrialHead.of(workspace.trials.entries())
    if as_json:
        print_json({"head": str(head), "n_entries": head.n_entries, "digest": head.digest})
    else:
        typer.echo(str(head))


def _tell_nothing(console: Console, workspace: Workspace) -> None:
    console.print("Nothing was tried yet: bellwether train FILE writes the first entries.")
    place = workspace.settings.home.resolve()
    console.print(f"Looked in {place}", soft_wrap=True, markup=False)


def _print_family(console: Console, family: TrialFamily, level: float) -> None:
    name = "; ".join(family.markets) or f"bars {family.snapshots[0][:12]}"
    console.print(Text(printable(name), style="bold"), soft_wrap=True)
    console.print(
        f"{_count(family.n_pipelines, 'pipeline')} looked at, {_count(family.n_looks, 'look')} on "
        f"{_count(len(family.snapshots), 'snapshot')}; {_tell_kinds(family)}."
    )
    alpha = family.next_new.alpha(level)
    console.print(
        f"A new pipeline would be judged at {alpha:.2g}, t above {critical_t(alpha):.2f} "
        f"({level:.2g} over {_count(family.next_new.n_pipelines, 'pipeline')})."
    )
    table = plain_table("Pipeline", "First look", "What it was", numbers=("Looks", "Next at"))
    for one in family.pipelines[-SHOWN_PIPELINES:]:
        table.add_row(
            one.pipeline[:12],
            _write_time(one.first_look_at),
            Text(printable(one.note)),
            write_count(one.n_looks),
            f"{one.again.alpha(level):.2g}",
        )
    if family.pipelines:
        console.print(table)
    n_more = len(family.pipelines) - SHOWN_PIPELINES
    if n_more > 0:
        console.print(f"and {write_count(n_more)} earlier; --json has them all", style="dim")
    console.print()


def _tell_kinds(family: TrialFamily) -> str:
    counts = family.n_by_kind
    told = [
        _count(counts["fit"], "fit"),
        _count(counts["tuning"], "tuning trial"),
        _count(counts["seed"], "change") + " of the seed alone",
        _count(family.n_feature_sets, "feature set"),
    ]
    return ", ".join(told)


def _print_entries(console: Console, trials: Sequence[Trial]) -> None:
    table = plain_table("Number", "At", "Kind", "Pipeline", "What it was", numbers=())
    first = max(len(trials) - SHOWN_ENTRIES, 0)
    for number, trial in enumerate(trials[first:], start=first + 1):
        table.add_row(
            write_count(number),
            _write_time(trial.recorded_at),
            trial.kind.replace("_", " "),
            trial.pipeline[:12],
            Text(printable(trial.note)),
        )
    console.print(table)


def _print_head(console: Console, ledger: Ledger) -> None:
    console.print(f"Head, worth keeping elsewhere: {ledger.head}", soft_wrap=True)


def _print_check(console: Console, check: LedgerCheck, *, compared: bool) -> None:
    for finding in check.findings:
        console.print(f"{finding.fault.value.capitalize()}: ", style="bold red", end="")
        console.print(as_sentence(finding.what), soft_wrap=True, markup=False)
        console.print(f"  What to do: {finding.remedy}", soft_wrap=True, markup=False)
    if check.head is None:
        return
    looked = (
        f"{_count(check.head.n_entries, 'entry', 'entries')}; looked for "
        f"{_count(check.n_models, 'model')}, {_count(check.n_evidence, 'evidence', 'evidence')} "
        f"and {_count(check.n_fits, 'fit')} in them"
    )
    if check.is_sound:
        console.print(f"Sound: {looked}, and all are there.", style="green")
    else:
        console.print(f"Checked {looked}.")
    if check.n_foreign:
        told = _count(check.n_foreign, "model")
        console.print(f"{told} made elsewhere: what was tried there stands in another ledger.")
    if check.n_fits_unknown:
        told = _count(check.n_fits_unknown, "kept fit")
        console.print(f"{told} may belong to entries of an older version, which name none.")
    if not compared:
        console.print(
            "No --head was given: a ledger put back whole as it once was shows only by results "
            "it lacks.",
            style="dim",
        )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{write_count(number)} {one if number == 1 else many or one + 's'}"


def _write_time(recorded_at: str) -> str:
    try:
        return write_instant(np.datetime64(recorded_at))
    except ValueError:  # whoever wrote it, the chain holds: it is shown as it stands
        return printable(recorded_at)


def _entry_json(trial: Trial) -> dict[str, object]:
    return {name: getattr(trial, name) for name in trial.__slots__}
