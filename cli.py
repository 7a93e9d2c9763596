"""The desk without a browser: make, inspect, import, measure, export and verify a workspace.

Every verb prints a short text, or with ``--json`` one JSON document. Exit 0 done, 1 refused (a
sentence says what, where and how to mend; nothing is written), 2 usage.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
import tempfile
import warnings
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_blocks import blocks_verb
from cli_convert import converting
from cli_evaluate import evaluation
from cli_event import events
from cli_files import files
from cli_frame import (
    Json,
    Language,
    Workspace,
    day,
    failing_clearly,
    h,
    internal_error,
    lang_of,
    make_drawable,
    out,
    place,
)
from cli_import import importing
from cli_ledgers import ledgers
from cli_match import match_verbs
from cli_measures import measures
from cli_mend import mending
from cli_move import moves
from cli_packet import packets
from cli_portfolio import portfolio_verb
from cli_progress import years
from cli_project import project_verbs
from cli_quarantine import waiting
from cli_screen import screening
from cli_sheet import sheets
from cli_site import site_verb
from cli_undo import undoing
from cli_usage import Verbs
from gis.errors import UserError

app = typer.Typer(
    cls=Verbs,
    help=h(
        "亩图：工业用地规划员的工作台（命令行）。语言：--lang en 或 MUTU_LANG=en。",
        "Mutu: a planner's desk for industrial land (command line).",
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(files)  # inspect, export: cli_files.py
app.add_typer(importing)  # import: cli_import.py
app.add_typer(converting)  # convert: cli_convert.py
app.add_typer(measures)  # plot-ratio: cli_measures.py
app.add_typer(blocks_verb)  # blocks: cli_blocks.py
app.add_typer(portfolio_verb)  # portfolio: cli_portfolio.py
app.add_typer(screening)  # screen: cli_screen.py
app.add_typer(evaluation)  # evaluate: cli_evaluate.py
app.add_typer(sheets)  # sheet: cli_sheet.py
app.add_typer(site_verb)  # site: cli_site.py
app.add_typer(match_verbs)  # match: cli_match.py
app.add_typer(events, name="event")  # event add, batch, reverse: cli_event.py
app.add_typer(ledgers, name="ledgers")  # ledgers compare, resolve: cli_ledgers.py
app.add_typer(mending)  # mend: cli_mend.py
app.add_typer(years)  # progress: cli_progress.py
app.add_typer(moves)  # move: cli_move.py
app.add_typer(packets)  # packet: cli_packet.py
app.add_typer(project_verbs, name="project")  # project add, list, remove: cli_project.py
app.add_typer(waiting, name="quarantine")  # list, edit, enter, discard: cli_quarantine.py
app.add_typer(undoing)  # changes, undo: cli_undo.py


class WorkspaceNotEmptyError(UserError):
    """The sample county wants an empty place."""

    zh = (
        "工作区 {path} 不是空的（含 {found}），没有写入任何内容。请换一个空目录，或先移走原有内容。"
    )
    en = (
        "Workspace {path} is not empty (it holds {found}); nothing was written. "
        "Choose an empty folder or move what is there."
    )


@app.command(
    help=h("在空工作区生成示例县（模拟数据）。", "Make the sample county in an empty workspace.")
)
def sample(
    workspace: Workspace = None,
    parcels: Annotated[
        int, typer.Option(min=50, max=200_000, help=h("宗地数。", "Number of parcels."))
    ] = 3000,
    seed: Annotated[
        int,
        typer.Option(min=0, help=h("随机种子；相同种子得到相同的县。", "Same seed, same county.")),
    ] = 330381,
    until: Annotated[
        date,
        typer.Option(parser=day, metavar="DATE", help=h("数据截止日。", "Last day of the data.")),
    ] = date(2026, 10, 31),
    as_files: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=h(
                "只写出各部门移交样式的文件到此目录，不建工作区。",
                "Only write the files as the bureaus hand them over, into this folder.",
            ),
        ),
    ] = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Make the sample county."""
    with failing_clearly(lang, as_json=as_json):
        from data.sample import generate, write_files

        target = as_files or place(workspace)
        refuse_unless_empty(target)
        county = generate(parcels=parcels, seed=seed, until=until)
        if as_files is not None:
            as_files.mkdir(parents=True, exist_ok=True)
            files = sorted(
                str(file.relative_to(as_files)) for file in write_files(county, as_files)
            )
            told = h(
                f"已写出 {len(files)} 个文件到 {as_files}。",
                f"Wrote {len(files)} files to {as_files}.",
                lang,
            )
            out({"files": files, "directory": str(as_files)}, told, as_json=as_json)
            return
        version = fill_workspace(county, target)
        told = h(
            f"示例县（模拟数据）已建成：{len(county.parcels):,} 宗，"
            f"登记簿版本 {version}，位于 {target}。",
            f"Sample county (synthetic data): {len(county.parcels):,} parcels, "
            f"register version {version}, in {target}.",
            lang,
        )
        document = {
            "workspace": str(target),
            "parcels": len(county.parcels),
            "events": len(county.events),
            "seed": seed,
            "until": until.isoformat(),
            "register_version": version,
        }
        out(document, told, as_json=as_json)


def refuse_unless_empty(folder: Path) -> None:
    """Refuse a folder that holds anything, or a file in its place."""
    from data.register.place import refuse_file

    refuse_file(folder)
    found = []
    if folder.is_dir():
        found = sorted(item.name for item in folder.iterdir())
    if found:
        raise WorkspaceNotEmptyError(path=folder, found="、".join(found[:3]))


def fill_workspace(county: Any, target: Path) -> int:
    """Fill a workspace beside its place and move it there when it is whole."""
    from data.register import Register
    from data.register.place import discard
    from data.sample import fill

    target.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        with Register.open(making / "workspace", create=True) as register:
            fill(register, county, directory=making / "files")
            version = register.version
            make_drawable(register)
        if target.is_dir():
            target.rmdir()
        (making / "workspace").replace(target)
    finally:
        discard(making / "workspace")
        shutil.rmtree(making, ignore_errors=True)
    return version


@app.command(
    help=h(
        "核对登记簿：逐条重算哈希链。", "Walk the register's chain and compute every hash again."
    )
)
def verify(workspace: Workspace = None, as_json: Json = False, lang: Language = None) -> None:
    """Verify the register."""
    with failing_clearly(lang, as_json=as_json):
        from data.register import Register

        with Register.open(place(workspace)) as register:
            found = register.verify()
            version = register.version
        faults = [fault.say(lang_of(lang)) for fault in found.faults]
        document = {
            "ok": found.ok,
            "changes": found.changes,
            "faults": faults,
            "register_version": version,
        }
        whole = h(
            f"登记簿完好：{found.changes} 次变更。",
            f"The register is whole: {found.changes} changes.",
            lang,
        )
        out(document, whole if found.ok else "\n".join(faults), as_json=as_json)
        if not found.ok:
            raise typer.Exit(1)


@app.command(
    help=h(
        "安装地图所需的网页组件（按锁定的清单）。", "Install the map's web components as locked."
    )
)
def assets(as_json: Json = False, lang: Language = None) -> None:
    """Install the browser's libraries."""
    with failing_clearly(lang, as_json=as_json):
        from layers.assets import FOLDERS, install_assets

        install_assets()
        told = h("网页组件已安装。", "The web components are installed.", lang)
        out({"installed": sorted(FOLDERS)}, told, as_json=as_json)


def hush() -> None:
    """Keep what libraries say to programmers off the console; refusals are told in sentences."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    os.environ.setdefault("CPL_LOG", os.devnull)  # GDAL's own lines


def main() -> None:
    """Run the command line, in UTF-8 whatever the console is set to."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    hush()
    try:
        app()
    except Exception as error:
        sys.exit(internal_error(error))


if __name__ == "__main__":
    main()
