"""The built page: its files by name, or what is said in its place."""

from pathlib import Path

from bellwether.dashboard._files import Forms, PageFile, html_file, list_files
from bellwether.dashboard._unbuilt import UNBUILT

BUILT_INTO = Path(__file__).parent / "static"
INDEX = "index.html"


class Page:
    """The page that was built into a folder, whenever that was.

    Parameters
    ----------
    folder : path, optional
        By default the one that belongs to this package.

    Notes
    -----
    A name is looked up in the folder's list, and never made into a path: nothing outside the
    folder, and nothing that came into it behind the build's back, has a name. The list is made
    when first asked for, and again when index.html has been built anew. May be used from any
    thread: at worst two of them make the same list.
    """

    __slots__ = ("_files", "_folder", "_mark")

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = BUILT_INTO if folder is None else folder
        self._mark: tuple[int, ...] | None = None
        self._files: dict[str, Forms] = {}

    def find(self, name: str, accepted: str = "") -> PageFile | None:
        """Return a file of the page.

        Parameters
        ----------
        name : str
            Its name within the folder, as "assets/index-Bx1yZ_09.js".
        accepted : str
            What content codings the asker reads, as the header Accept-Encoding says it.

        Returns
        -------
        file : PageFile or None
            None if there is none of that name.
        """
        forms = self._list().get(name)
        return None if forms is None else forms.choose(accepted)

    def find_index(self, accepted: str = "") -> PageFile:
        """Return the page itself, or one without script that says how it is built.

        Parameters
        ----------
        accepted : str
            As of `find`.
        """
        return self.find(INDEX, accepted) or _SUBSTITUTE

    def _list(self) -> dict[str, Forms]:
        mark = _mark(self._folder / INDEX)
        if mark != self._mark:
            self._files = {} if mark is None else _read(self._folder)
            self._mark = mark
        return self._files


_SUBSTITUTE = html_file(UNBUILT)


def _read(folder: Path) -> dict[str, Forms]:
    try:
        return list_files(folder)
    except FileNotFoundError:  # a build is under way, and changes the mark when it is done
        return {}


def _mark(path: Path) -> tuple[int, ...] | None:
    """Return what changes whenever a file is written or replaced; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
