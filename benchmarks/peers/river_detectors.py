"""River's drift detectors on streams of misses: first alarms and false alarms, as JSON.

Asked on standard input: {"stationary": [[0, 1, ...], ...], "changed": [[...], ...],
"changed_at": bar, "settings": {name: [value, ...]}}. Each detector begins again after an alarm.
"""

import json
import sys
from typing import Any

from river import drift  # type: ignore[import-not-found]

MAKERS = {
    "ADWIN": lambda value: drift.ADWIN(delta=value),
    "DDM": lambda value: drift.binary.DDM(drift_threshold=value),
    "EDDM": lambda value: drift.binary.EDDM(alpha=max(0.95, value), beta=value),
    "HDDM_W": lambda value: drift.binary.HDDMW(
        drift_confidence=value, warning_confidence=5.0 * value
    ),
    "Page-Hinkley": lambda value: drift.PageHinkley(threshold=value),
}


def find_alarms(name: str, value: float, stream: list[int]) -> list[int]:
    """Return the bars, from 1, on which a detector gave the alarm."""
    found, detector = [], MAKERS[name](value)
    for bar, miss in enumerate(stream, start=1):
        detector.update(miss)
        if detector.drift_detected:
            found.append(bar)
            detector = MAKERS[name](value)
    return found


def main() -> None:
    """Answer what was asked."""
    asked = json.load(sys.stdin)
    told: dict[str, list[dict[str, Any]]] = {}
    for name, values in asked["settings"].items():
        told[name] = []
        for value in values:
            false = [len(find_alarms(name, value, one)) for one in asked["stationary"]]
            delays = {}
            for change, streams in asked["changed"].items():
                alarms = [find_alarms(name, value, one) for one in streams]
                at = asked["changed_at"]
                delays[change] = [
                    next((bar - at for bar in bars if bar > at), None) for bars in alarms
                ]
            told[name].append({"value": value, "false": false, "delays": delays})
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
