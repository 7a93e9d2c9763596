"""The verb ``move``: the register's tables into a database, or back into a file."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli_frame import Json, Language, Workspace, failing_clearly, h, out, place

moves = typer.Typer()


class Target(StrEnum):
    """Where the tables of a register may lie."""

    database = "database"
    file = "file"


@moves.command(
    "move",
    help=h(
        "把登记簿迁入 MUTU_DATABASE_URL 所指的数据库，或迁回文件；逐行照搬，核对后才换位置。"
        "请先停止其他正在使用它的程序。",
        "Move the register into the database of MUTU_DATABASE_URL, or back into a file: every row "
        "as it is, checked before the old place is given up. Stop other programs first.",
    ),
)
def move(
    to: Annotated[
        Target,
        typer.Option(help=h("database 数据库、file 文件。", "Where the tables go.")),
    ],
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Move the register's tables."""
    with failing_clearly(lang, as_json=as_json):
        from data.register import Register
        from data.register.moving import move_register
        from layers.qgis import parcel_qml

        folder = place(workspace)
        changes = move_register(folder, to=to.value)
        with Register.open(folder, database=None if to is Target.database else "") as register:
            register.set_layer_style(parcel_qml())
            there = register.where
        told = h(
            f"{changes} 次变更已迁到 {there}，哈希链完好。",
            f"{changes} changes moved to {there}; their chain is whole.",
            lang,
        )
        out({"changes": changes, "register": there}, told, as_json=as_json)
