"""The commands about models that are there already: why, which, and who is to serve."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bellwether.adapters import write_atomically
from bellwether.bootstrap import Workspace, open_workspace
from bellwether.cards import card_of, draw_kept, render_verdict
from bellwether.cli._door import make_console, print_json
from bellwether.cli._options import FLAG, Home, Horizon, Json, ModelId
from bellwether.cli._terminal import models_table, tell_model
from bellwether.cli._verdict_view import verdict_card
from bellwether.cli._why_terminal import show_balance, show_importance
from bellwether.registry import MarketKey, ModelRecord, NotPromotable, Stage
from bellwether.service import (
    ModelNotJudged,
    NoChampion,
    add_bundle,
    find_balance,
    find_importance,
    prove_verdict,
)
from bellwether.validation import (
    Balance,
    Decision,
    FeatureImportance,
    Verdict,
    recompute_verdict,
)

ENSEMBLE = "ensemble"
TOLD_DIFFERENCES = 5


def verdict(
    model_id: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL",
            help="A model, as `models` lists it.",
            show_default="who serves of the latest run, else its ensemble",
        ),
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option(
            "--recompute", metavar=FLAG, help="Judge the stored evidence once more and compare."
        ),
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the same as a page, too."),
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Show why a model was promoted or refused, and all that is known of its skill.

    Of the latest run by default.
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    record = _find_judged(workspace, model_id)
    found = Verdict.from_json(record.verdict or {})
    again = _recompute(workspace, found) if recompute else None
    found = workspace.with_calibration(found)
    serving, level = _tell_stage(record, found), workspace.settings.promotion_level
    card = card_of(found, telling=tell_model(found, serving, level), level=level)
    importance, balance = find_importance(record.metrics), find_balance(record.metrics)
    if html is not None:
        page = render_verdict(card, record.model_id, closing=draw_kept(importance, balance))
        write_atomically(html, page.encode("utf-8"))
    if as_json:
        found_again = {} if again is None else {"recomputed_equal": not again, "differences": again}
        told = {**found.to_json(), "card": card.to_json(), **_kept_json(importance, balance)}
        print_json({"model_id": record.model_id, "stage": str(record.stage), **told, **found_again})
        return
    console.print(f"{record.model_id}, {record.stage}", style="bold", markup=False)
    console.print(verdict_card(card))
    show_importance(console, importance)
    show_balance(console, balance)
    if again is not None:
        _tell_recomputed(console, again)


def _kept_json(
    importance: Sequence[FeatureImportance], balance: Mapping[str, Balance]
) -> dict[str, object]:
    return {
        "importance": [one.to_json() for one in importance],
        "balance": {name: part.to_json() for name, part in balance.items()},
    }


models_app = typer.Typer(name="models", rich_markup_mode="markdown")


@models_app.callback(invoke_without_command=True)
def models(context: typer.Context, home: Home = None, as_json: Json = False) -> None:
    """List the models: who serves, who was refused, and up to when each was trained."""
    if context.invoked_subcommand is not None:
        return
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    records = workspace.registry.records()
    if as_json:
        print_json({"models": [_record_json(record) for record in records]})
        return
    console.print(models_table(records))
    if not records:
        console.print(
            f"Looked in {workspace.settings.home.resolve()}", soft_wrap=True, markup=False
        )


@models_app.command()
def add(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle that was made elsewhere.")],
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Take in a model that was made elsewhere, once it has been tried out in a process of its own.

    It becomes a candidate, or refused as its verdict says. A verdict that promotes counts only
    where a trusted key has signed it: see bellwether signing.
    """
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    record = add_bundle(path.read_bytes(), ports=workspace.adding, name=path.name)
    if as_json:
        print_json(_record_json(record))
    else:
        console.print(models_table([record]))


def promote(model_id: ModelId, home: Home = None, as_json: Json = False) -> None:
    """Make a candidate the champion of its market. The gate's verdict must say PROMOTE."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home})
    record = _find_judged(workspace, model_id)
    found = prove_verdict(model_id, registry=workspace.registry, ports=workspace.adding)
    if found.decision is not Decision.PROMOTE:
        raise NotPromotable(model_id, f"{found.decision}: {found.reason}")
    promoted = workspace.registry.promote(record.model_id, found, reason="by hand")
    if as_json:
        print_json(_record_json(promoted))
    else:
        console.print(models_table([promoted]))


def rollback(
    universe: Annotated[
        str, typer.Argument(metavar="UNIVERSE", help="Universe whose champion is to go.")
    ],
    interval: Annotated[
        str, typer.Option(metavar="LENGTH", help="Length of its bars, such as 1d or 1h.")
    ] = "1d",
    horizon: Horizon = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Retire a market's champion and bring the previous one back, or else the rules."""
    console = make_console(as_json=as_json)
    workspace = open_workspace({"home": home, "horizon_bars": horizon})
    market = MarketKey(
        universe=universe, interval=interval, horizon_bars=workspace.settings.horizon_bars
    )
    gone = workspace.registry.serving(market).champion
    if gone is None:
        raise NoChampion(f"{market}")
    now = workspace.registry.roll_back(market, reason="by hand").champion
    if as_json:
        answer = None if now is None else now.model_id
        print_json({"universe": universe, "retired": gone.model_id, "champion": answer})
    else:
        serving = "The rules serve" if now is None else f"{now.model_id} serves"
        line = f"{gone.model_id} is retired. {serving} now."
        console.print(line, soft_wrap=True, markup=False)


def _find_judged(workspace: Workspace, model_id: str | None) -> ModelRecord:
    """Return the record named; else, of the latest run, who serves or else the ensemble."""
    if model_id is not None:
        record = workspace.registry.get(model_id)
        if record.verdict is None:
            raise ModelNotJudged(model_id)
        return record
    run: list[ModelRecord] = []
    for record in reversed(workspace.registry.records()):
        if record.verdict is None or (run and record.snapshot_digest != run[0].snapshot_digest):
            break
        run.append(record)
        if record.verdict["name"] == ENSEMBLE:  # the first that a run registers
            break
    if not run:
        raise ModelNotJudged(None)
    return next((record for record in run if record.stage is Stage.CHAMPION), run[-1])


def _tell_stage(record: ModelRecord, found: Verdict) -> str:
    if not found.promotes:
        return "it does not serve"
    return {
        Stage.CHAMPION: "serves now",
        Stage.PREVIOUS: "stands by as the previous champion",
        Stage.RETIRED: "has been retired since",
    }.get(record.stage, "may serve")


def _recompute(workspace: Workspace, found: Verdict) -> tuple[str, ...]:
    evidence = workspace.evidence.get(found.evidence_digest)
    return recompute_verdict(found, evidence, workspace.gate)


def _tell_recomputed(console: Console, differences: tuple[str, ...]) -> None:
    if not differences:
        console.print("Recomputed from the stored evidence: the same verdict.")
        return
    console.print(
        "Recomputed from the stored evidence: [bold red]another verdict[/bold red]; the "
        "settings of the gate, or bellwether itself, have changed since."
    )
    for line in differences[:TOLD_DIFFERENCES]:
        console.print(f"  {line}", soft_wrap=True, markup=False)
    if len(differences) > TOLD_DIFFERENCES:
        console.print(f"  and {len(differences) - TOLD_DIFFERENCES} more")


def _record_json(record: ModelRecord) -> dict[str, object]:
    return {
        "model_id": record.model_id,
        "stage": str(record.stage),
        "universe": record.market.universe,
        "interval": record.market.interval,
        "horizon_bars": record.market.horizon_bars,
        "symbols": list(record.symbols),
        "decision": (record.verdict or {}).get("decision"),
        "is_renewal": record.is_renewal,
        "trained_at": f"{record.trained_at}Z",
        "registered_at": f"{record.registered_at}Z",
        "bundle_digest": record.bundle_digest,
    }
