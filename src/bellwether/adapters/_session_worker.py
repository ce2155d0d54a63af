"""A process that finds sessions in the library and prints them; see `_session_file`."""

import json
import sys

import numpy as np

from bellwether.adapters._session_file import encode_sessions
from bellwether.sources import find_sessions

if __name__ == "__main__":
    name, first, last = sys.argv[1:]
    found = find_sessions(name, np.datetime64(first, "D"), np.datetime64(last, "D"))
    sys.stdout.write(json.dumps(encode_sessions(found)))
