"""The forms of the service's answers, for the types of the dashboard's page.

`npm run types` in web/dashboard runs this and writes src/api/schema.d.ts from what it leaves.
`tests/benchmarks/test_page_types.py` tells when that is stale.
"""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import httpx

from bellwether.adapters import ProcessBarsReader
from bellwether.bootstrap import Workspace, describe_settings, open_alerts, open_workspace
from bellwether.http import FixedCalendars, HttpPorts, make_app
from bellwether.service import PredictPorts

PATH = Path(__file__).parent.parent / "web" / "dashboard" / "src" / "api" / "schema.json"


def describe_forms() -> str:
    """Return the forms that a service with every port describes, as an OpenAPI document."""
    with tempfile.TemporaryDirectory(prefix="bellwether-") as home:
        app = make_app(_fill_ports(open_workspace({"home": home}, opens_late=True)))
        document = asyncio.run(_ask(httpx.ASGITransport(app=app)))
    # The page names its routes itself; their examples would be ten times as long as the forms.
    forms = {
        "openapi": document["openapi"],
        "info": {"title": "bellwether", "version": "1"},
        "paths": {},
        "components": {"schemas": document["components"]["schemas"]},
    }
    return json.dumps(forms, indent=1, sort_keys=True) + "\n"


def _fill_ports(workspace: Workspace) -> HttpPorts:
    return HttpPorts(
        predict=PredictPorts(
            registry=workspace.registry,
            bundles=workspace.bundles,
            rules=workspace.rules,
            clock=workspace.clock,
            standings=workspace.standings,
        ),
        files=workspace.bundles,
        calendars=FixedCalendars({}),
        journal=workspace.journal,
        bars=workspace.bars,
        checkpoints=workspace.checkpoints,
        alerts=open_alerts(workspace),
        jobs=workspace.jobs,
        reader=ProcessBarsReader(),
        keys=workspace.keys,
        adding=workspace.adding,
        evidence=workspace.evidence_desk,
        settings=tuple(describe_settings(workspace.settings)),
    )


async def _ask(door: httpx.ASGITransport) -> dict[str, Any]:
    async with httpx.AsyncClient(transport=door, base_url="http://localhost") as client:
        answer = await client.get("/v1/openapi.json")
    document: dict[str, Any] = answer.raise_for_status().json()
    return document


if __name__ == "__main__":
    PATH.write_text(describe_forms(), encoding="utf-8")
