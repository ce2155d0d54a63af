"""The corpus of leaks: those planted, most of them rebuilt from public reports, and look-alikes.

It was written from the reports before the detector existed, and no leak is changed to be found:
one that is missed stays and is counted. Add cases, never weaken one.
"""

from tests.samples.leaks._case import Case
from tests.samples.leaks._clean_features import CLEAN_FEATURES
from tests.samples.leaks._clean_pipelines import CLEAN_PIPELINES
from tests.samples.leaks._made_up import MADE_UP
from tests.samples.leaks._reported_indicators import REPORTED_INDICATORS
from tests.samples.leaks._reported_pipelines import REPORTED_PIPELINES
from tests.samples.leaks._reported_preparation import REPORTED_PREPARATION
from tests.samples.leaks._second_batch import CLEAN_SECOND_BATCH, SECOND_BATCH

LEAKS: tuple[Case, ...] = (
    *REPORTED_INDICATORS,
    *REPORTED_PREPARATION,
    *REPORTED_PIPELINES,
    *MADE_UP,
    *SECOND_BATCH,
)
CLEAN: tuple[Case, ...] = (*CLEAN_FEATURES, *CLEAN_PIPELINES, *CLEAN_SECOND_BATCH)
