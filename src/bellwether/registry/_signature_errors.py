"""What can be wrong with who made a bundle, and with keys that sign."""

from bellwether.errors import RegistryError
from bellwether.registry._errors import BundleError


class BundleUnsigned(BundleError):
    """A bundle has no signature where one is required."""

    def __init__(self, name: str) -> None:
        super().__init__(
            name,
            "a signature by a trusted key",
            "none",
            "sign it after looking at it: bellwether sign MODEL --key FILE; or do without: "
            "signatures_required = false",
        )


class SignatureInvalid(BundleError):
    """A bundle's signature does not hold: bundle or signature are not what was signed.

    Parameters
    ----------
    name : str
    was : str
    """

    def __init__(self, name: str, was: str) -> None:
        super().__init__(
            name,
            "a signature that holds",
            was,
            "do not use this file; fetch it again from whoever signed it",
        )


class SignerUnknown(BundleError):
    """A bundle is signed by a key that nobody here trusts.

    Parameters
    ----------
    name : str
    signer : str
        Id of the key.
    """

    def __init__(self, name: str, signer: str) -> None:
        self.signer = signer
        super().__init__(
            name,
            "a signature by a trusted key",
            f"one by the unknown key {signer}",
            "ask whose key that is; if you trust it: bellwether signing trust FILE",
        )


class BundleTooCostly(BundleError):
    """A bundle does not load and prove itself within the time and memory it is given.

    Parameters
    ----------
    name : str
    was : str
        How the attempt ended.
    """

    def __init__(self, name: str, was: str) -> None:
        super().__init__(
            name,
            "a graph that loads and reproduces its golden answers within the limits of a process "
            "of its own",
            was,
            "do not use this file; a model takes a fraction of these limits",
        )


class VerdictUnproven(RegistryError):
    """The verdict of a model that was made elsewhere is nobody's word.

    Parameters
    ----------
    model_id : str
    """

    def __init__(self, model_id: str) -> None:
        self.model_id = model_id
        super().__init__(
            f"a trusted signature on the bundle of {model_id!r}, which was made elsewhere",
            "none, so that its verdict may be invented",
            "look at it and sign it: bellwether sign MODEL --key FILE, with a key that is trusted "
            "here (bellwether signing trust)",
        )


class SigningKeyUnusable(RegistryError):
    """A file holds no key of the kind that signs, or cannot be read.

    Parameters
    ----------
    expected, was, hint : str
    """

    exit_code = 2
    http_status = 400


class TrustUnavailable(RegistryError):
    """The list of trusted keys cannot be read or written. Nobody is trusted until it can.

    Parameters
    ----------
    place : str
    why : str
    """

    http_status = 503

    def __init__(self, place: str, why: str) -> None:
        self.place = place
        super().__init__(
            f"a readable and writable list of trusted keys at {place}",
            why,
            "check the file and its permissions, or restore it from a copy",
        )
