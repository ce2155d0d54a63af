"""Calls into what may hang: they are waited for so long and no longer."""

import threading
from collections.abc import Callable


def attempt_within(seconds: float, call: Callable[[], object]) -> Exception | None:
    """Call something in a thread of its own, and return what went wrong, or None.

    Parameters
    ----------
    seconds : float
        Time it has. A call that takes longer is left behind, and its thread ends with the process.
    call : callable
        Its result is thrown away.

    Returns
    -------
    error : Exception or None
        What the call raised; TimeoutError where it is not back.

    Examples
    --------
    >>> attempt_within(5.0, lambda: 1 / 0)
    ZeroDivisionError('division by zero')
    """
    errors: list[Exception] = []

    def run() -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - a receiver's library raises what it likes
            errors.append(error)

    thread = threading.Thread(target=run, name="bellwether-bounded-call", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        return TimeoutError(f"no answer within {seconds:g} s")
    return errors[0] if errors else None
