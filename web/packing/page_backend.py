"""The build backend: setuptools, which finds the page built when it makes a wheel or an sdist.

An editable installation is left alone: it needs no page, and `make page` builds one at any time.
"""

import os
import shutil
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (
    build_editable,
    get_requires_for_build_editable,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

from node_tools import WHEEL, CannotBuild, find_node
from page_builder import ROOT, STATIC, ensure_page, is_current

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    """Return what setuptools needs, and Node where the page is to be built without one."""
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_node_wanted()]


def get_requires_for_build_sdist(config_settings: Any = None) -> list[str]:
    """Return what setuptools needs, and Node where the page is to be built without one."""
    return [*build_meta.get_requires_for_build_sdist(config_settings), *_node_wanted()]


def build_wheel(
    wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None
) -> str:
    """Build a wheel that holds the page."""
    _prepare_page()
    made: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    return made


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """Build a source distribution that holds the page beside its sources."""
    _prepare_page()
    made: str = build_meta.build_sdist(sdist_directory, config_settings)
    return made


def _node_wanted() -> list[str]:
    return [] if _goes_without() or is_current(ROOT) or find_node() is not None else [WHEEL]


def _goes_without() -> bool:
    return os.environ.get("BELLWETHER_NO_PAGE") == "1"


def _prepare_page() -> None:
    # What an earlier build copied, setuptools would pack again, under names that are gone.
    stale = Path("build", "lib", *STATIC.parts[1:])
    shutil.rmtree(ROOT / stale, ignore_errors=True)
    if _goes_without():
        return
    try:
        print(ensure_page())
    except CannotBuild as error:
        raise SystemExit(f"bellwether's page is not built: {error}") from error
