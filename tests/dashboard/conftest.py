"""A small built page in a folder, and an app that serves nothing else of interest."""

import asyncio
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette

from bellwether.adapters import BundleFolder, MemoryRegistry
from bellwether.clock import FixedClock
from bellwether.dashboard import Page
from bellwether.http import (
    EVERYTHING,
    AccessOptions,
    FixedCalendars,
    HttpOptions,
    HttpPorts,
    make_app,
)
from bellwether.registry import LoadedBundle, make_rules_bundle, open_bundle, pack_bundle
from bellwether.service import PredictPorts

SCRIPT = b"console.log('the page');" * 40
FILES = {
    "index.html": b"<!doctype html><title>a page</title>",
    "bellwether.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "assets/index-Bx1yZ_09.js": SCRIPT,
    "assets/index-Bx1yZ_09.js.gz": gzip.compress(SCRIPT, mtime=0),
    "assets/index-Bx1yZ_09.js.br": b"what brotli would make of it",
    "assets/engine-0123456789.wasm": b"\0asm\1\0\0\0",
    "assets/engine-abcdEFGH.wasm": b"\0asm\1\0\0\0" * 100_000,
    "assets/plain.css": b"body { margin: 0 }",
    "assets/.hidden": b"secret",
    ".sources": b"secret",
    "elsewhere/note.txt": b"secret",
}


class SteadyRules:
    """Rules that need no disk."""

    def __init__(self) -> None:
        self._loaded = open_bundle(pack_bundle(make_rules_bundle()), "rules")

    def load(self) -> LoadedBundle:
        """Return the rules' bundle."""
        return self._loaded


class Served:
    """An app with a page, and what it answers."""

    def __init__(self, ports: HttpPorts, options: HttpOptions) -> None:
        self.app: Starlette = make_app(ports, options)

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Return the answer to one request; the path goes over the wire as it is written."""
        return asyncio.run(self._ask(method, path, **request))

    async def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", headers={"accept-encoding": ""}
        ) as client:
            return await client.request(method, path, **request)


def write_page(folder: Path) -> Path:
    """Write the files of a page, and return their folder."""
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a built page, with something beside it that is nobody's business."""
    (tmp_path / "secret.txt").write_text("secret")
    return write_page(tmp_path / "static")


@pytest.fixture(scope="session")
def rules() -> SteadyRules:
    """Return the rules, loaded once."""
    return SteadyRules()


@pytest.fixture
def serve(tmp_path: Path, rules: SteadyRules) -> Callable[..., Served]:
    """Return a maker of apps: (page, with_keys)."""

    def make(page: Page | None, *, with_keys: bool = False) -> Served:
        clock = FixedClock(np.datetime64("2026-11-20T22:00", "us"))
        bundles = BundleFolder(tmp_path / "bundles")
        predict = PredictPorts(
            registry=MemoryRegistry(clock), bundles=bundles, rules=rules, clock=clock
        )
        ports = HttpPorts(predict=predict, files=bundles, calendars=FixedCalendars(), page=page)
        access = AccessOptions(local=() if with_keys else EVERYTHING)
        return Served(ports, HttpOptions(access=access))

    return make


@pytest.fixture
def served(folder: Path, serve: Callable[..., Served]) -> Served:
    """Return an app with the page."""
    return serve(Page(folder))
