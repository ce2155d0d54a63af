"""Bootstrap: the only place that names adapters and puts a workspace together."""

from bellwether.bootstrap._errors import HomeUnusable
from bellwether.bootstrap._home import Home
from bellwether.bootstrap._workspace import Workspace, open_workspace

__all__ = ["Home", "HomeUnusable", "Workspace", "open_workspace"]
