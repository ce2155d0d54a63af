"""`python -m bellwether` is the same as `bellwether`."""

from bellwether.cli import main

if __name__ == "__main__":
    main()
