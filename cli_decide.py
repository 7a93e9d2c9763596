"""Words of the command line for what is decided about an import: repairs, vanished, lineage."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import typer

from cli_frame import h


class Vanished(StrEnum):
    """What becomes of parcels that the file no longer holds."""

    keep = "keep"
    mark = "mark"


Repair = Annotated[
    str,
    typer.Option(
        "--repair",
        metavar="ROWS",
        help=h(
            "接受图形修复方案：all，或行号如 3,17。",
            "Accept proposed repairs of shapes: all, or row numbers as 3,17.",
        ),
    ),
]
Vanish = Annotated[
    Vanished,
    typer.Option(
        help=h(
            "文件里不再有的宗地：keep 保留，mark 保留并标记消失日期。",
            "Parcels no longer in the file: keep them, or mark them with the day.",
        )
    ),
]
Lineage = Annotated[
    str,
    typer.Option(
        "--lineage",
        metavar="PAIRS",
        help=h(
            "接受分割合并建议：all，或 母宗>子宗，逗号分隔。",
            "Accept suggested splits and mergers: all, or PARENT>CHILD, comma-separated.",
        ),
    ),
]


def rows_of(text: str) -> list[int] | Literal["all"]:
    """Return the rows that ``--repair`` names.

    Examples
    --------
    >>> rows_of("3, 17"), rows_of("all"), rows_of("")
    ([3, 17], 'all', [])
    """
    if text.strip() == "all":
        return "all"
    parts = [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise typer.BadParameter("ROWS: all | 3,17", param_hint="--repair")
    return [int(part) for part in parts]


def pairs_of(text: str) -> list[tuple[str, str]] | Literal["all"]:
    """Return the pairs that ``--lineage`` names.

    Examples
    --------
    >>> pairs_of("P1>P1a, P1>P1b")
    [('P1', 'P1a'), ('P1', 'P1b')]
    """
    if text.strip() == "all":
        return "all"
    parts = [part.strip() for part in text.replace("，", ",").split(",") if part.strip()]
    split = [part.partition(">") for part in parts]
    if not all(parent.strip() and child.strip() for parent, _, child in split):
        raise typer.BadParameter("PAIRS: all | P1>P1a,P1>P1b", param_hint="--lineage")
    return [(parent.strip(), child.strip()) for parent, _, child in split]
