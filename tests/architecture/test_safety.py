"""Nothing unpickled or evaluated, no hidden clock, no chance without a seed, no silent catch."""

import ast
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

Finder = Callable[[ast.Module], Iterator[str]]

# Why each broad catch is there, and how many there are.
BROAD_CATCHES = {
    "adapters/_atomic_file.py": (1, "removes the half-written file and raises on"),
    "adapters/_bounded_call.py": (1, "a receiver's library raises what it likes; told as a reason"),
    "adapters/_calibration_worker.py": (1, "the door of a process: the parent is told"),
    "adapters/_fit_worker.py": (1, "the door of a process: the parent is told"),
    "adapters/_job_processes.py": (1, "the thread must outlive whatever a job does to it"),
    "adapters/_work_store.py": (1, "damaged work is done again, whatever the damage raises"),
    "answering/_child.py": (1, "the door of a process: the parent is told"),
    "answering/_loading.py": (1, "one model that cannot be loaded must not keep the others"),
    "answering/_worker.py": (1, "the thread must outlive whatever it is given to run"),
    "cli/_door.py": (1, "the door of the terminal: a message and an exit code"),
    "http/_alert_watch.py": (1, "the thread must outlive whatever a look raises"),
    "http/_checkup.py": (1, "a check of health reports whatever a load raises"),
    "http/_door.py": (1, "the door of the service: a problem document"),
    "http/_journal_writer.py": (2, "the thread must outlive whatever the journal raises"),
    "models/_brought_graph.py": (1, "the engine raises what it likes; made UnexportableModel"),
    "models/_estimator_graph.py": (1, "a converter an estimator; made UnexportableModel"),
    "models/_onnx_family.py": (1, "a file, a parser and a checker; made UnusableFactory"),
    "registry/_bundle.py": (2, "the engine raises what it likes; made BundleError"),
    "registry/_graph_safety.py": (1, "the parser raises what it likes; made UnsafeGraph"),
    "samples/_choice_leaks.py": (1, "a user's code on altered bars; refusals are reported"),
    "samples/_suspect.py": (1, "a user's code on altered bars; refusals are reported"),
    "service/_explaining.py": (1, "the ladder's edge: the answer stands without it"),
    "service/_predict.py": (2, "the ladder's edge: the caller is owed an answer"),
    "service/_rungs.py": (8, "the ladder's edge: whatever a rung raises is a reason"),
    "validation/_gate.py": (2, "the gate fails closed, whatever went wrong"),
}
# Who may measure how long something takes; nobody's result depends on it.
STOPWATCHES = {
    "adapters/_database.py": "leaves a server alone that let somebody wait in vain",
    "adapters/_evidence_process.py": "waits for an answer so long and no longer",
    "adapters/_fit_worker.py": "reports progress a few times a second",
    "cli/_door.py": "tells impatience from a second wish to stop",
    "cli/_demo.py": "says how long the demonstration took",
    "http/_door.py": "says in the log and the metrics how long a request took",
    "http/_serve.py": "tells when the time to drain is over, and the watchdog's turn",
    "http/_supervisor.py": "tells workers that hang, and when the next may start",
}
# Who may draw without a seed.
UNSEEDED = {
    "adapters/_atomic_file.py": "names of unfinished files, which no result sees",
    "client/_attempts.py": "keys of changes and waits between attempts, which no result sees",
    "service/_keys.py": "secrets of API keys, which nobody may be able to draw again",
}
TORCH_SEEDER = "models/_loop.py"
NET_MAKERS = {"kind.build", "self.build", "train_net"}

UNPICKLERS = {
    "_pickle", "cloudpickle", "dill", "joblib", "marshal", "multiprocessing", "pickle",
    "concurrent.futures.ProcessPoolExecutor", "shelve", "torch.jit", "torch.load", "torch.save",
}  # fmt: skip
UNPICKLING_METHODS = {"read_pickle", "to_pickle"}
EVALUATORS = {"__import__", "compile", "eval", "exec"}
CLOCKS = {
    "datetime.date.today", "datetime.datetime.now", "datetime.datetime.today",
    "datetime.datetime.utcnow", "pandas.Timestamp.now", "pandas.Timestamp.today", "time.asctime",
    "time.clock_gettime", "time.ctime", "time.gmtime", "time.localtime", "time.strftime",
    "time.time", "time.time_ns",
}  # fmt: skip
TIMERS = {"time.monotonic", "time.perf_counter", "time.process_time", "time.thread_time"}
CHANCES = {
    "numpy.random", "os.getrandom", "os.urandom", "random", "secrets", "tempfile.mktemp",
    "uuid.uuid1", "uuid.uuid4",
}  # fmt: skip
SEEDED = {"numpy.random.default_rng", "numpy.random.SeedSequence"}
RANDOM_TYPES = {"numpy.random.Generator"}
TORCH_DRAWS = {
    f"torch.{name}"
    for name in ("bernoulli", "multinomial", "normal", "rand", "randint", "randn", "randperm")
}
TORCH_GLOBAL = {
    "torch.cuda.manual_seed", "torch.cuda.manual_seed_all", "torch.default_generator",
    "torch.initial_seed", "torch.manual_seed", "torch.random", "torch.seed",
}  # fmt: skip


def uses(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Yield every imported thing, and every use of one, by its full dotted name."""
    aliases: dict[str, str] = {}
    for statement, alias, name in imports(tree):
        aliases[alias] = alias if alias == name.partition(".")[0] else name
        yield statement, name
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            head, _, rest = ast.unparse(node).partition(".")
            if head in aliases and "(" not in rest and "[" not in rest:
                yield node, f"{aliases[head]}.{rest}".rstrip(".")


def imports(tree: ast.Module) -> Iterator[tuple[ast.stmt, str, str]]:
    """Yield every import, the name it binds and the full name of what is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for item in node.names:
                yield node, item.asname or item.name.partition(".")[0], item.name
        elif isinstance(node, ast.ImportFrom):
            for item in node.names:
                yield node, item.asname or item.name, f"{node.module}.{item.name}"


def calls(tree: ast.Module) -> dict[int, ast.Call]:
    """Return each call by the identity of what it calls."""
    return {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}


def _is_within(name: str, table: set[str]) -> bool:
    return any(name == entry or name.startswith(f"{entry}.") for entry in table)


def _keywords(call: ast.Call) -> dict[str | None, str]:
    return {item.arg: ast.unparse(item.value) for item in call.keywords}


def find_unpickling(tree: ast.Module) -> Iterator[str]:
    """Yield whatever could turn bytes or text into running code."""
    for node, name in uses(tree):
        if _is_within(name, UNPICKLERS) or _is_within(name, {f"builtins.{e}" for e in EVALUATORS}):
            yield f"{node.lineno}: {name}"
    for found in ast.walk(tree):
        if isinstance(found, ast.Attribute) and found.attr in UNPICKLING_METHODS:
            yield f"{found.lineno}: {found.attr}"
        if not isinstance(found, ast.Call):
            continue
        if isinstance(found.func, ast.Name) and found.func.id in EVALUATORS:
            yield f"{found.lineno}: {found.func.id}"
        if _keywords(found).get("allow_pickle", "False") != "False":
            yield f"{found.lineno}: allow_pickle"


def find_clock_reads(tree: ast.Module) -> Iterator[str]:
    """Yield every look at the machine's time."""
    called = calls(tree)
    for node, name in uses(tree):
        if _is_within(name, CLOCKS):
            yield f"{node.lineno}: {name}"
        call = called.get(id(node))
        given = "" if call is None else ", ".join(map(ast.unparse, call.args))
        if name == "numpy.datetime64" and given.startswith(("'now'", "'today'")):
            yield f"{node.lineno}: {name}({given})"


def find_stopwatches(tree: ast.Module) -> Iterator[str]:
    """Yield every measuring of a time that passes."""
    for node, name in uses(tree):
        if name.removesuffix("_ns") in TIMERS:
            yield f"{node.lineno}: {name}"


def find_chance(tree: ast.Module) -> Iterator[str]:
    """Yield every draw that no seed decides, torch's own generator left to its own law."""
    called = calls(tree)
    for node, name in uses(tree):
        call = called.get(id(node))
        seeds = [] if call is None else [*call.args, *(item.value for item in call.keywords)]
        if name in SEEDED and any(ast.unparse(seed) != "None" for seed in seeds):
            continue
        if name in TORCH_DRAWS and call is not None and "generator" not in _keywords(call):
            yield f"{node.lineno}: {name} without a generator"
        if _is_within(name, CHANCES) and name not in RANDOM_TYPES:
            yield f"{node.lineno}: {name}"
    for draw in called.values():
        if ast.unparse(draw.func).endswith(".rvs") and "random_state" not in _keywords(draw):
            yield f"{draw.lineno}: rvs without a random_state"


def find_global_torch(tree: ast.Module) -> Iterator[str]:
    """Yield every touch of the generator that all of torch shares."""
    for node, name in uses(tree):
        if _is_within(name, TORCH_GLOBAL):
            yield f"{node.lineno}: {name}"


def find_broad_catches(tree: ast.Module) -> Iterator[str]:
    """Yield every except, or suppress, that catches more than it can know."""
    for node in ast.walk(tree):
        caught: list[ast.expr] = []
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield f"{node.lineno}: a bare except"
            else:
                caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
            caught = node.args
        for kind in caught:
            if ast.unparse(kind).removeprefix("builtins.") in {"Exception", "BaseException"}:
                yield f"{kind.lineno}: {ast.unparse(kind)}"


PLANTED: list[tuple[Finder, str]] = [
    (find_unpickling, "import pickle"),
    (find_unpickling, "from joblib import load"),
    (find_unpickling, "import concurrent.futures as cf\ncf.ProcessPoolExecutor()"),
    (find_unpickling, "import torch\ntorch.load(path)"),
    (find_unpickling, "eval(text)"),
    (find_unpickling, "exec(text)"),
    (find_unpickling, "import numpy as np\nnp.load(path, allow_pickle=True)"),
    (find_unpickling, "read(path, allow_pickle=flag)"),
    (find_unpickling, "frame.to_pickle(path)"),
    (find_clock_reads, "import datetime as dt\ndt.datetime.now(dt.UTC)"),
    (find_clock_reads, "from datetime import date\ndate.today()"),
    (find_clock_reads, "from time import time as present"),
    (find_clock_reads, "import numpy as np\nnp.datetime64('now')"),
    (find_stopwatches, "import time\ntime.monotonic()"),
    (find_stopwatches, "from time import perf_counter_ns"),
    (find_chance, "import random"),
    (find_chance, "import numpy as np\nnp.random.default_rng()"),
    (find_chance, "import numpy as np\nnp.random.default_rng(None)"),
    (find_chance, "import numpy as np\nnp.random.default_rng(seed=None)"),
    (find_chance, "import numpy as np\nnp.random.normal(0, 1)"),
    (find_chance, "from numpy import random\nrandom.seed(1)"),
    (find_chance, "import uuid\nuuid.uuid4()"),
    (find_chance, "import torch\ntorch.randn(3)"),
    (find_chance, "norm.rvs(3)"),
    (find_global_torch, "import torch\ntorch.manual_seed(1)"),
    (find_global_torch, "import torch\nwith torch.random.fork_rng(): ..."),
    (find_broad_catches, "try: ...\nexcept: ..."),
    (find_broad_catches, "try: ...\nexcept Exception: ..."),
    (find_broad_catches, "try: ...\nexcept (ValueError, BaseException) as error: ..."),
    (find_broad_catches, "with contextlib.suppress(Exception): ..."),
]


@pytest.mark.parametrize(("find", "text"), PLANTED)
def test_a_planted_danger_is_found(find: Finder, text: str) -> None:
    assert list(find(ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        "net.eval()",
        "import re\nre.compile('x')",
        "import numpy as np\nnp.load(path, allow_pickle=False)",
        "import numpy as np\nrandom = np.random.default_rng(seed)\nrandom.normal()",
        "import numpy as np\nnp.random.default_rng(0).normal()",
        "import numpy as np\ndef f(g: np.random.Generator): ...",
        "import torch\ntorch.randperm(3, generator=order)",
        "import datetime as dt\ndt.datetime(2020, 1, 1, tzinfo=dt.UTC)",
        "import numpy as np\nnp.datetime64('2020-01-01')",
        "clock.now()",
        "try: ...\nexcept (ValueError, OSError): ...",
        "with contextlib.suppress(OSError): ...",
    ],
)
def test_harmless_code_is_left_alone(text: str) -> None:
    finders = {find for find, _ in PLANTED}
    assert [fault for find in finders for fault in find(ast.parse(text))] == []


def found_outside(trees: dict[str, ast.Module], find: Finder, allowed: set[str]) -> list[str]:
    return [
        f"{path}:{fault}"
        for path, tree in trees.items()
        if path not in allowed
        for fault in find(tree)
    ]


def test_nothing_is_unpickled_or_evaluated(trees: dict[str, ast.Module]) -> None:
    assert found_outside(trees, find_unpickling, set()) == []


def test_only_the_clock_reads_the_time(trees: dict[str, ast.Module]) -> None:
    assert found_outside(trees, find_clock_reads, {"clock.py"}) == []


def test_only_progress_measures_how_long_something_takes(trees: dict[str, ast.Module]) -> None:
    assert found_outside(trees, find_stopwatches, set(STOPWATCHES)) == []


def test_nothing_is_left_to_chance_without_a_seed(trees: dict[str, ast.Module]) -> None:
    assert found_outside(trees, find_chance, set(UNSEEDED)) == []


def test_the_generator_that_torch_shares_is_seeded_in_one_place(
    trees: dict[str, ast.Module],
) -> None:
    assert found_outside(trees, find_global_torch, {TORCH_SEEDER}) == []


def test_nets_are_made_and_trained_under_a_seed(trees: dict[str, ast.Module]) -> None:
    n_calls = 0
    for path, tree in trees.items():
        if not path.startswith("models/"):
            continue
        seeded = {
            id(inner)
            for block in ast.walk(tree)
            if isinstance(block, ast.With)
            and any("one_quiet_thread(" in ast.unparse(item) for item in block.items)
            for inner in ast.walk(block)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in NET_MAKERS:
                n_calls += 1
                assert id(node) in seeded, f"{path}:{node.lineno}"
    assert n_calls >= len(NET_MAKERS)


def test_broad_catches_are_few_and_each_has_its_reason(trees: dict[str, ast.Module]) -> None:
    counts = Counter({path: len(list(find_broad_catches(tree))) for path, tree in trees.items()})
    assert +counts == {path: n for path, (n, _) in BROAD_CATCHES.items()}


@pytest.mark.parametrize(
    ("find", "allowed"), [(find_stopwatches, STOPWATCHES), (find_chance, UNSEEDED)]
)
def test_no_permission_outlives_its_use(
    find: Finder, allowed: dict[str, str], trees: dict[str, ast.Module]
) -> None:
    assert [path for path in allowed if not list(find(trees[path]))] == []
