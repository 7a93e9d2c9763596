"""Verbs that measure parcels: each is a command of ``measures``, which ``cli.py`` takes in."""

from __future__ import annotations

import typer

from cli_frame import Json, Language, Workspace, failing_clearly, h, out

measures = typer.Typer()


@measures.command(
    "plot-ratio",
    help=h("由建筑推算容积率（计容）。", "Plot ratio from buildings, by the counting rule."),
)
def plot_ratio(workspace: Workspace = None, as_json: Json = False, lang: Language = None) -> None:
    """Compute plot ratios."""
    with failing_clearly(lang, as_json=as_json):
        out({"workspace": str(workspace)}, "", as_json=as_json)
