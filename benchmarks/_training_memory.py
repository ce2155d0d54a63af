"""One process that fits boosted trees once, and tells by how much its memory grew at the most.

Asked with "library" or "wrapper" and the rows of a matrix of 158 columns; prints JSON. The matrix
is there before the count begins.
"""

import json
import resource
import sys

import numpy as np
import xgboost

from _training_walks import N_COLUMNS, fit_bare
from bellwether.models import TrainingData, make_family

CHANGES = {"max_trees": 8}


def peak_bytes() -> int:
    """Return the most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Fit, and tell."""
    n_rows = int(sys.argv[2])
    matrix = np.empty((n_rows, N_COLUMNS), dtype=np.float32)
    generator = np.random.default_rng(1)
    for start in range(0, n_rows, 1_000):
        part = matrix[start : start + 1_000]
        part[:] = generator.standard_normal(part.shape, dtype=np.float32)
    target = matrix[:, 0] + generator.standard_normal(n_rows, dtype=np.float32)
    n_held = n_rows // 8
    # Both sides have loaded all their code before they are weighed.
    family = make_family("gradient_boosting", changes=CHANGES)
    xgboost.QuantileDMatrix(matrix[:100], target[:100], nthread=1)
    before = peak_bytes()
    if sys.argv[1] == "library":
        fit_bare(matrix[n_held:], target[n_held:], matrix[:n_held], target[:n_held], 1, CHANGES)
    else:
        windows = matrix[:, None, :]
        train = TrainingData(windows=windows[n_held:], target=target[n_held:])
        family.fit(train, TrainingData(windows=windows[:n_held], target=target[:n_held]), 1)
    print(json.dumps({"grown": peak_bytes() - before, "matrix": matrix.nbytes}))


if __name__ == "__main__":
    main()
