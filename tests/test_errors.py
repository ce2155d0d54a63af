"""Every error of ours: its branch, its codes, its words and its facts."""

import collections.abc
import copy
import importlib
import inspect
import pkgutil
import re
from collections import Counter
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

import bellwether
import bellwether.errors
from bellwether.bars import RowRefusal
from bellwether.errors import BellwetherError

MESSAGE_PARTS = ("expected", "was", "hint")
# What stops a run without being an error, as KeyboardInterrupt does.
INTERRUPTIONS = {"Stopped"}
# What is caught within the package that raises it, and told as an error of the tree.
NEVER_LEAVE = {"OtherSchema", "Rubbish", "UnusableUrl"}
# Facts that only the message tells, by class: to be kept as attributes.
FORGOTTEN = {
    "ArraysDiffer": {"first"},
    "BundleTooNew": {"written_by"},
    "HistoryTooShort": {"least_bars"},
    "TooLittleHistory": {"n_before"},
    "UnknownSetting": {"known", "place"},
}


def modules() -> list[str]:
    """Import every module of bellwether and return their names."""
    found = pkgutil.walk_packages(bellwether.__path__, "bellwether.")
    return [importlib.import_module(item.name).__name__ for item in found]


def walk(kind: type[BellwetherError]) -> list[type[BellwetherError]]:
    """Return a class of errors and every one below it that is ours."""
    below = [found for child in kind.__subclasses__() for found in walk(child)]
    return [found for found in dict.fromkeys([kind, *below]) if _is_ours(found)]


def _is_ours(kind: type) -> bool:
    return kind.__module__.split(".")[0] == "bellwether"


MODULES = modules()
TREE = walk(BellwetherError)
BRANCHES = [kind for kind in BellwetherError.__subclasses__() if _is_ours(kind)]
PLAIN: dict[object, object] = {str: "", int: 17, float: 2.5, object: (1, "two")}
every_error = pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)


def sample(name: str, hint: Any) -> object:
    """Return a plausible value for one parameter of a constructor."""
    origin, inner = get_origin(hint), get_args(hint)
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return next(iter(hint))
    if origin in (Union, UnionType):
        return sample(name, inner[0]) if inner[0] in PLAIN else None
    if origin is dict:
        return {f"{name} a": f"{name} b"}
    if origin is collections.abc.Sequence:
        if inner[0] is str:
            return [f"{name} a", f"{name} b"]
        return [RowRefusal(line=line, reason="no price (n/a)", text="x,y") for line in (7, 9)]
    if origin is tuple:
        return tuple(sample(name, part) for part in inner if part is not Ellipsis)
    return f"the {name}" if hint is str else PLAIN[hint]


def make(kind: type[BellwetherError]) -> tuple[BellwetherError, dict[str, object]]:
    """Return an error of a class, and what it was made from."""
    hints = get_type_hints(kind.__init__)
    names = [name for name in inspect.signature(kind.__init__).parameters if name != "self"]
    given = {name: sample(name, hints[name]) for name in names}
    return kind(**given), given  # type: ignore[arg-type]


def test_the_tree_is_walked() -> None:
    assert len(MODULES) > 100
    assert {"TooLittleHistory", "BundleTooNew", "UnusableSetting"} <= {k.__name__ for k in TREE}


def test_no_two_errors_have_one_name() -> None:
    counts = Counter(kind.__name__ for kind in TREE)
    assert {name for name, n in counts.items() if n > 1} == set()


def test_the_tree_drawn_in_the_docstring_is_the_tree() -> None:
    drawn = re.findall(r"[├└]── (\w+)", bellwether.errors.__doc__ or "")
    assert drawn == [branch.__name__ for branch in BRANCHES]


@every_error
def test_every_error_hangs_on_one_branch(kind: type[BellwetherError]) -> None:
    n_branches = sum(issubclass(kind, branch) for branch in BRANCHES)
    assert n_branches == (0 if kind is BellwetherError else 1)


@every_error
def test_every_error_lives_where_one_looks_for_it(kind: type[BellwetherError]) -> None:
    _, *place = kind.__module__.split(".")
    at_home = len(place) == 1 or re.fullmatch(r"(_[a-z]+)*_errors", place[1])
    assert at_home


def test_every_public_exception_is_one_of_the_tree() -> None:
    found = {
        thing
        for name in MODULES
        for thing in vars(importlib.import_module(name)).values()
        if inspect.isclass(thing) and issubclass(thing, BaseException) and _is_ours(thing)
    }
    strangers = {kind.__name__ for kind in found - set(TREE)}
    assert {name for name in strangers if not name.startswith("_")} == INTERRUPTIONS | NEVER_LEAVE


@every_error
def test_every_error_has_an_exit_code_that_a_shell_can_tell(kind: type[BellwetherError]) -> None:
    assert type(kind.exit_code) is int
    assert 1 <= kind.exit_code <= 125
    assert kind is BellwetherError or kind.exit_code != BellwetherError.exit_code


@every_error
def test_every_error_has_an_http_status_of_an_error(kind: type[BellwetherError]) -> None:
    assert type(kind.http_status) is int
    assert 400 <= kind.http_status <= 599


@every_error
def test_every_error_says_what_it_is(kind: type[BellwetherError]) -> None:
    own = vars(kind).get("__doc__")
    assert own
    assert own.splitlines()[0].endswith(".")


@every_error
def test_every_message_says_what_was_expected_what_was_found_and_what_to_do(
    kind: type[BellwetherError],
) -> None:
    error, _ = make(kind)
    assert str(error) == f"expected {error.expected}, was {error.was}; {error.hint}"
    for name in MESSAGE_PARTS:
        part = getattr(error, name)
        assert isinstance(part, str)
        assert part == part.strip() != ""
        assert "\n" not in part
        assert not part.endswith((".", ",", ";"))
    assert not error.expected.startswith("expected")
    assert not re.match(r"(was|got|found)\b", error.was)


@every_error
def test_every_error_keeps_its_facts(kind: type[BellwetherError]) -> None:
    error, given = make(kind)
    told = [getattr(error, name) for name in MESSAGE_PARTS]
    forgotten = {
        name
        for name, value in given.items()
        if name not in vars(error) and value not in [*told, None]
    }
    assert forgotten == FORGOTTEN.get(kind.__name__, set())
    for name in given.keys() - forgotten - set(MESSAGE_PARTS):
        kept, value = vars(error).get(name, given[name]), given[name]
        assert kept == (tuple(value) if isinstance(value, list) else value), name


@every_error
@pytest.mark.parametrize("how", ["copy", "deepcopy", "reduce"])
def test_every_error_crosses_a_border_with_its_facts(how: str, kind: type[BellwetherError]) -> None:
    error, _ = make(kind)
    error.add_note("while reading the second file")
    if how == "reduce":
        rebuild, parts = error.__reduce__()
        assert callable(rebuild)
        assert isinstance(parts, tuple)
        other = rebuild(*parts)
    else:
        other = copy.copy(error) if how == "copy" else copy.deepcopy(error)
    assert other is not error
    assert type(other) is kind
    assert str(other) == str(error)
    assert other.args == error.args
    assert vars(other) == vars(error)
    assert (other.exit_code, other.http_status) == (error.exit_code, error.http_status)


def test_a_copy_does_not_share_its_list_of_facts() -> None:
    error = BellwetherError("a", "b", "do c")
    other = copy.copy(error)
    other.hint = "do d"
    assert error.hint == "do c"


@every_error
def test_every_error_is_caught_by_its_branch_and_by_the_root(kind: type[BellwetherError]) -> None:
    error, _ = make(kind)
    with pytest.raises(BellwetherError) as caught:
        raise error
    assert caught.value is error
