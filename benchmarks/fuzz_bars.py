"""Coverage-guided fuzzing of whatever reads bars, by atheris, until it is stopped.

Any flag of libFuzzer can be given: `python benchmarks/fuzz_bars.py -runs=20000 CORPUS`. The first
byte of an input chooses between a file as it is and steps of damage to a sound file of some
dialect. Anything but a typed error ends the run with the input kept beside it; so does a file that
takes ten seconds or two gigabytes.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bellwether.sources", "bellwether.bars"]):
    from _bar_fuzz import SOUND, read_damaged
    from _bar_mutations import Mutation, damage_bars

ENDINGS = (".csv", ".txt", ".json", ".zip", ".gz", ".parquet", ".feather", "")
BOUNDS = ("-timeout=10", "-rss_limit_mb=2048", "-max_len=4096")
_FOLDER = tempfile.TemporaryDirectory(prefix="bellwether-fuzz-")


def read_input(data: bytes) -> None:
    """Read what some bytes stand for; raises whatever is no typed error."""
    drawn = atheris.FuzzedDataProvider(data)
    if drawn.ConsumeBool():
        name = f"bars{drawn.PickValueInList(list(ENDINGS))}"
        content = drawn.ConsumeBytes(drawn.remaining_bytes())
    else:
        name = drawn.PickValueInList(list(SOUND))
        content = damage_bars(
            SOUND[name], [_draw_step(drawn) for _ in range(drawn.ConsumeIntInRange(1, 6))]
        )
    path = Path(_FOLDER.name) / name
    path.write_bytes(content)
    read_damaged(path)


def _draw_step(drawn: atheris.FuzzedDataProvider) -> Mutation:
    place = drawn.ConsumeIntInRange(0, 9999) / 10_000
    return Mutation(drawn.ConsumeIntInRange(0, 255), place, drawn.ConsumeIntInRange(0, 65_535))


if __name__ == "__main__":
    with _FOLDER:
        atheris.Setup([sys.argv[0], *BOUNDS, *sys.argv[1:]], read_input)
        atheris.Fuzz()
