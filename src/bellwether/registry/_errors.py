"""What can be wrong with models on the shelf, and with the ledgers beside them."""

from collections.abc import Sequence

from bellwether.errors import RegistryError


class BadModelId(RegistryError):
    """A model's id cannot be a file name on every system.

    Parameters
    ----------
    model_id : str
    """

    http_status = 422

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id
        super().__init__(
            "a model id of up to 100 lower-case letters, digits, dots, dashes and underscores",
            repr(model_id[:120]),
            "choose another name for the model",
        )


class UnknownModel(RegistryError):
    """No model with that id is in the registry.

    Parameters
    ----------
    model_id : str
    known : sequence of str
        Every id that is there.
    """

    http_status = 404

    def __init__(self, model_id: str, known: Sequence[str]) -> None:
        self.model_id = model_id
        self.known = tuple(known)
        listed = ", ".join(self.known[-8:]) or "none"
        super().__init__(
            "a registered model", repr(model_id), f"choose one of the known models: {listed}"
        )


class ModelExists(RegistryError):
    """Another model is registered under that id.

    Parameters
    ----------
    model_id : str
    """

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id
        super().__init__(
            "an id that is free, or the very same bundle",
            f"{model_id!r}, which holds another bundle",
            "register the model under a new id; nothing in the registry is overwritten",
        )


class RegistryUnavailable(RegistryError):
    """The registry's memory cannot be opened, read or written.

    Parameters
    ----------
    place : str
        Where it is kept, without any password.
    why : str
    """

    http_status = 503

    def __init__(self, place: str, why: str) -> None:
        self.place = place
        super().__init__(
            f"a readable and writable registry at {place}",
            why,
            "check that the place exists, has room and may be written; nothing was changed",
        )


class BundleError(RegistryError):
    """A bundle cannot be used. The service answers from the next rung of its ladder.

    Parameters
    ----------
    name : str
        File or model the bundle was read as.
    expected, was, hint : str
    """

    def __init__(self, name: str, expected: str, was: str, hint: str) -> None:
        self.name = name
        super().__init__(f"{expected} in bundle {name}", was, hint)


class BundleMissing(BundleError):
    """There is no bundle under that name."""

    http_status = 404

    def __init__(self, name: str) -> None:
        super().__init__(name, "a file", "nothing", "restore the file or train the model again")


class BundleCorrupt(BundleError):
    """A bundle is not what was written: a part is missing, added, cut or changed.

    Parameters
    ----------
    name : str
    part : str
        The first part found damaged.
    was : str
    """

    def __init__(self, name: str, part: str, was: str) -> None:
        self.part = part
        super().__init__(
            name,
            f"{part} as it was written",
            was,
            "restore the file from a copy or train the model again",
        )


class BundleTooNew(BundleError):
    """A bundle was written by a later version, in a format this one does not know.

    Parameters
    ----------
    name : str
    found, known : int
        Format of the bundle, and the latest this version reads.
    written_by : str
        Version of bellwether that wrote it.
    """

    def __init__(self, name: str, found: int, known: int, written_by: str) -> None:
        self.found = found
        self.known = known
        super().__init__(
            name,
            f"a format up to {known}",
            f"format {found}, written by bellwether {written_by}",
            "upgrade bellwether to read it",
        )


class UnsafeGraph(BundleError):
    """A bundle's graph asks for more than arithmetic on its inputs.

    Parameters
    ----------
    name : str
    was : str
        What the graph holds that is not allowed.
    """

    def __init__(self, name: str, was: str) -> None:
        super().__init__(
            name,
            "a self-contained graph of allowed operators with the inputs and outputs of its kind",
            was,
            "do not use this file; train the model again",
        )


class BundleUnloadable(BundleError):
    """The inference engine refuses a bundle's graph.

    Parameters
    ----------
    name : str
    was : str
        What the engine said.
    """

    def __init__(self, name: str, was: str) -> None:
        super().__init__(
            name,
            "a graph that onnxruntime loads",
            was,
            "check the version of onnxruntime, or train the model again",
        )


class CannotExplain(BundleError):
    """A bundle's graph does not let the part behind its features be told apart.

    Parameters
    ----------
    name : str
    was : str
        What it is instead.
    """

    def __init__(self, name: str, was: str) -> None:
        super().__init__(
            name,
            "a graph that computes its answer from features alone",
            was,
            "its answers stand as they are; train the model again to have them explained",
        )


class BundleUnreadable(BundleError):
    """A bundle's file is there, and the system does not let it be read.

    Parameters
    ----------
    name : str
    why : str
        What the system said.
    """

    def __init__(self, name: str, why: str) -> None:
        self.why = why
        super().__init__(
            name, "a file that can be read", why, "check who may read it, and the disk it is on"
        )


class GoldenMismatch(BundleError):
    """A bundle does not reproduce the answers stored when it was written.

    Parameters
    ----------
    name : str
    output : str
        First output that differs.
    difference : float
        Largest difference found in it; infinity where shapes or missing values differ.
    tolerance : float
        The most that it might differ by.
    """

    def __init__(self, name: str, output: str, difference: float, tolerance: float) -> None:
        self.output = output
        self.difference = difference
        self.tolerance = tolerance
        super().__init__(
            name,
            f"the stored answers of {output!r} within {tolerance:.3g}",
            f"a difference of {difference:.3g}",
            "this machine computes something else than the one that trained: train here again",
        )


class ModelQuarantined(BundleError):
    """A model is not asked for a while, because the process that computes kept dying of it.

    Parameters
    ----------
    name : str
    was : str
        What was seen.
    """

    http_status = 503

    def __init__(self, name: str, was: str) -> None:
        super().__init__(
            name,
            "a graph that leaves the process that computes it alive",
            was,
            "promote another model or roll back; this one is tried again by itself",
        )


class TrialLogTampered(RegistryError):
    """The trial log was changed by something other than appending to it.

    Parameters
    ----------
    place : str
        File of the log.
    line : int
        First line, from 1, that does not follow from those before it.
    was : str
    """

    def __init__(self, place: str, line: int, was: str) -> None:
        self.place = place
        self.line = line
        super().__init__(
            f"an unbroken chain of trials in {place}",
            f"{was} at line {line}",
            "restore the file from a copy; without it no number of trials can be believed",
        )


class TrialLogUnavailable(RegistryError):
    """The trial log cannot be opened, read or written.

    Parameters
    ----------
    place : str
    why : str
    """

    http_status = 503

    def __init__(self, place: str, why: str) -> None:
        self.place = place
        super().__init__(
            f"a readable and writable trial log at {place}",
            why,
            "check that the place exists, has room and may be written; work waits until then, "
            "since nothing may be tried that is not recorded",
        )
