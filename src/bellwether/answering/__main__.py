"""The door of the inference process; the front starts it, and nobody else has a use for it."""

import sys

from bellwether.answering._child import run_child

if __name__ == "__main__":
    run_child(*map(int, sys.argv[1:3]))
