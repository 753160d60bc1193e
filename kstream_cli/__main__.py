"""`python -m kstream_cli` and the `kstream` command."""

from __future__ import annotations

import sys


def main() -> None:
    from kstream_cli.commands.app import main as run

    sys.exit(run())


if __name__ == "__main__":
    main()
