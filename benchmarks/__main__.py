"""Measure speed and size: ``python -m benchmarks [map|plot_ratio|screening] [options]``.

Without a name everything is measured, one after another. ``--help`` after a name tells its options.
"""

from __future__ import annotations

import sys
from importlib import import_module

WHAT = ("plot_ratio", "screening", "map")


def main(words: list[str]) -> None:
    """Measure what is named, or everything."""
    if words[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return
    named = [words[0]] if words and not words[0].startswith("-") else list(WHAT)
    if named[0] not in WHAT:
        raise SystemExit(f"{named[0]}: nothing of that name; there are {', '.join(WHAT)}")
    if len(named) > 1 and words:
        raise SystemExit(f"{words[0]}: name what it is meant for: {', '.join(WHAT)}")
    for name in named:
        print(f"== {name}", flush=True)
        import_module(f"benchmarks.{name}").main(words[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
