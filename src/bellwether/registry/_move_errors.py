"""What can be wrong with a move from one stage to another."""

from collections.abc import Sequence

from bellwether.errors import RegistryError


class IllegalMove(RegistryError):
    """A model cannot go from its stage to that one.

    Parameters
    ----------
    model_id : str
    before, after : str
        Its stage, and the stage asked for.
    legal : sequence of str
        Stages it could go to.
    """

    def __init__(self, model_id: str, before: str, after: str, legal: Sequence[str]) -> None:
        self.model_id = model_id
        self.before = before
        self.after = after
        self.legal = tuple(legal)
        super().__init__(
            f"a legal move of {model_id!r} from {before}",
            f"a move to {after}",
            f"it can go to: {', '.join(self.legal) or 'nowhere, the stage is final'}",
        )


class NotPromotable(RegistryError):
    """A promotion was asked for without a Verdict that allows it.

    Parameters
    ----------
    model_id : str
    was : str
        What was offered in place of such a Verdict.
    """

    def __init__(self, model_id: str, was: str) -> None:
        self.model_id = model_id
        super().__init__(
            f"a Verdict with the decision PROMOTE on the evidence of {model_id!r}",
            was,
            "let the gate judge the model's own out-of-sample forecasts; nothing else promotes",
        )


class NotRenewable(RegistryError):
    """A later fit was to take the place of a champion that it does not renew.

    Parameters
    ----------
    model_id : str
    was : str
        Whom it was to renew.
    """

    def __init__(self, model_id: str, was: str) -> None:
        self.model_id = model_id
        super().__init__(
            f"an older champion of the same pipeline as {model_id!r}, promoted by a Verdict",
            was,
            "let the gate judge the model's own out-of-sample forecasts, and promote it",
        )
