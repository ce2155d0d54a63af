"""CardContent: everything a model card tells."""

from dataclasses import dataclass

import numpy as np

from bellwether.bars import QualityReport
from bellwether.service import Prediction, TrainingResult
from bellwether.validation import EvidencePlan


@dataclass(frozen=True, kw_only=True, eq=False)
class CardContent:
    """Everything a model card tells.

    Parameters
    ----------
    title : str
        What the card is about; any text, it is escaped.
    result : TrainingResult
    quality : tuple of QualityReport
        One a symbol; may be empty.
    evidence_plan : EvidencePlan or None
        What was said before training.
    prediction : Prediction or None
        What is served for the next bar, by whoever may.
    made_at : datetime64
        UTC instant of the card.
    """

    title: str
    result: TrainingResult
    quality: tuple[QualityReport, ...]
    evidence_plan: EvidencePlan | None
    prediction: Prediction | None
    made_at: np.datetime64
