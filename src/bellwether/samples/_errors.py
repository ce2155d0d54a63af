"""What can be wrong with samples and the ways they are split."""

from bellwether.errors import SampleError


class TooLittleHistory(SampleError):
    """There are fewer rows than something needs.

    Parameters
    ----------
    family : str
        What needs them: a model family, or one part of a split.
    least, found : int
        Rows it needs, and rows there are.
    n_before : int, default 0
        Bars still wanting before the first row can be used.
    """

    def __init__(self, family: str, least: int, found: int, n_before: int = 0) -> None:
        self.family = family
        self.least = least
        self.found = found
        self.missing = max(least - found, 0) + n_before
        super().__init__(
            f"at least {least} usable rows for {family}",
            f"{found}",
            f"add {self.missing} more bars of history, or choose what needs less",
        )


class PlanOutOfRange(SampleError):
    """An option of a split is out of its range.

    Parameters
    ----------
    option : str
        Name of the option.
    expected : str
        What it may be.
    value : object
        What it was.
    """

    def __init__(self, option: str, expected: str, value: object) -> None:
        self.option = option
        self.value = value
        super().__init__(f"{option} to be {expected}", repr(value), "change the plan")


class SampleShapeMismatch(SampleError):
    """An array does not have one entry for each row of the samples.

    Parameters
    ----------
    name : str
    n_rows, found : int
        Rows of the samples, and entries of the array.
    """

    def __init__(self, name: str, n_rows: int, found: int) -> None:
        self.name = name
        self.n_rows = n_rows
        self.found = found
        super().__init__(
            f"{n_rows} entries in {name}", f"{found}", "build samples with build_samples"
        )


class WindowBeforeHistory(SampleError):
    """A window reaches back beyond the first bar of its symbol.

    Parameters
    ----------
    row, n_steps, n_bars : int
        The first such row, the steps asked for, and the bars its symbol has up to it.
    """

    def __init__(self, row: int, n_steps: int, n_bars: int) -> None:
        self.row = row
        self.n_steps = n_steps
        self.n_bars = n_bars
        super().__init__(
            f"{n_steps} bars up to row {row}",
            f"{n_bars}",
            "ask only for rows that usable(n_steps) allows",
        )
