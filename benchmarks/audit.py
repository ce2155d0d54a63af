"""Whether a library this environment holds has a known weakness - or that nobody could be asked.

pip-audit ends well, with "No known vulnerabilities found", where its service knows none of the
packages, as behind a mirror that has no such service. Here each library counts as audited only
if somebody gave an answer about it. Exit codes: 0 audited and nothing known, or nobody could be
asked (which the last line says); 1 something is known.
"""

import json
import subprocess
import sys
from typing import Any

SERVICES = ("pypi", "osv")
SECONDS = 120
OURS = "bellwether"


def ask(service: str) -> list[dict[str, Any]]:
    """Return what a service says of each library; nothing where it cannot be asked.

    Parameters
    ----------
    service : {"pypi", "osv"}
    """
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "10"]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        told: list[dict[str, Any]] = json.loads(ended.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError) as error:
        print(f"audit: {service} could not be asked ({type(error).__name__})")
        return []
    return [one for one in told if one["name"] != OURS]


def main() -> int:
    """Ask one service after the other until one knows the libraries."""
    for service in SERVICES:
        told = ask(service)
        audited = [one for one in told if "vulns" in one]
        found = [(one, weakness) for one in audited for weakness in one["vulns"]]
        for one, weakness in found:
            mended = ", ".join(weakness.get("fix_versions", ())) or "none yet"
            print(f"audit: {one['name']} {one['version']}: {weakness['id']}, mended in: {mended}")
        if found:
            print(f"audit: {len(found)} known weaknesses in {len(audited)} libraries ({service})")
            return 1
        if audited:
            silent = len(told) - len(audited)
            print(f"audit: nothing known of {len(audited)} libraries ({service}), {silent} unknown")
            return 0
        if told:
            print(f"audit: {service} knows none of the {len(told)} libraries")
    print("audit: NOT AUDITED - no service that knows of weaknesses could be asked from here")
    return 0


if __name__ == "__main__":
    sys.exit(main())
