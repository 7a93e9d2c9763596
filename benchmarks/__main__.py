"""Measure speed and size: ``python -m benchmarks [NAME] [options]``.

Names: map, plot_ratio, screening, ledger, packet, intake, blocks, portfolio, siting. Without a name
everything is measured, one after another; ``backtest``, which asks how good forecasts would have
been, only runs by its name.
``--help`` after a name tells its options.
"""

from __future__ import annotations

import sys
from importlib import import_module

WHAT = (
    "plot_ratio", "screening", "ledger", "packet", "intake", "blocks", "portfolio", "siting", "map",
)  # fmt: skip
BY_NAME = ("backtest",)


def main(words: list[str]) -> None:
    """Measure what is named, or everything."""
    if words[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return
    named = [words[0]] if words and not words[0].startswith("-") else list(WHAT)
    if named[0] not in WHAT + BY_NAME:
        raise SystemExit(f"{named[0]}: nothing of that name; there are {', '.join(WHAT + BY_NAME)}")
    if len(named) > 1 and words:
        raise SystemExit(f"{words[0]}: name what it is meant for: {', '.join(WHAT)}")
    for name in named:
        print(f"== {name}", flush=True)
        import_module(f"benchmarks.{name}").main(words[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
