"""The desk without a browser: make, inspect, import, measure, export and verify a workspace.

Every verb prints a short text, or with ``--json`` one JSON document. Exit 0 done, 1 refused (a
sentence says what, where and how to mend; nothing is written), 2 usage.
"""

from __future__ import annotations

import getpass
import shutil
import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_frame import (
    WHERE_HELP,
    Json,
    KnownOn,
    Language,
    StateOn,
    Workspace,
    county_as_of,
    day,
    failing_clearly,
    h,
    internal_error,
    lang_of,
    out,
    place,
)
from cli_measures import measures
from cli_screen import screening
from gis.errors import UserError

app = typer.Typer(
    help=h(
        "亩图：工业用地规划员的工作台（命令行）。语言：--lang en 或 MUTU_LANG=en。",
        "Mutu: a planner's desk for industrial land (command line).",
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(measures)  # plot-ratio: cli_measures.py
app.add_typer(screening)  # screen: cli_screen.py


class Format(StrEnum):
    """Formats of a list."""

    xlsx = "xlsx"
    csv = "csv"
    gpkg = "gpkg"
    geojson = "geojson"


class What(StrEnum):
    """What can be exported."""

    parcels = "parcels"


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
        int, typer.Option(min=1, max=1_000_000, help=h("宗地数。", "Number of parcels."))
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
    found = [folder.name] if folder.is_file() else []
    if folder.is_dir():
        found = sorted(item.name for item in folder.iterdir())
    if found:
        raise WorkspaceNotEmptyError(path=folder, found="、".join(found[:3]))


def fill_workspace(county: Any, target: Path) -> int:
    """Fill a workspace beside its place and move it there when it is whole."""
    from data.register import Register
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
        shutil.rmtree(making, ignore_errors=True)
    return version


def make_drawable(register: Any) -> None:
    """Make the tiles and QGIS' style now, so that nobody waits for them at the map."""
    from layers.qgis import parcel_qml
    from layers.tiles import ensure_tiles

    ensure_tiles(register)
    register.set_layer_style(parcel_qml())


@app.command(
    help=h(
        "查看文件：图层、坐标系、编码、几何状况、可识别的列；不写入。",
        "Look at a file; writes nothing.",
    )
)
def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=h("要查看的文件。", "The file."))],
    encoding: Annotated[
        str | None, typer.Option(help=h("文字编码，如 GBK。", "Text encoding, such as GBK."))
    ] = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Report on a file."""
    with failing_clearly(lang, as_json=as_json):
        from data.schema import headings, normal_heading
        from gis.io import inspect as look
        from reports.plain import inspect_text

        document = look(file, encoding=encoding).to_json(lang_of(lang))
        known = headings("parcel")
        for layer in document["layers"]:
            guessed = {name: known.get(normal_heading(name)) for name in layer["columns"]}
            layer["fields"] = {name: key for name, key in guessed.items() if key}
        out(document, inspect_text(document, lang_of(lang)), as_json=as_json)


@app.command(
    "import",
    help=h("导入文件；不合格的行逐条列出，不会丢失。", "Import a file; rejected rows are listed."),
)
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=h("要导入的文件。", "The file."))],
    as_layer: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="LAYER",
            help=h(
                "作为哪一图层，如 parcels、events、towns、buildings。",
                "As which layer: parcels, events, towns, buildings …",
            ),
        ),
    ],
    who: Annotated[
        str,
        typer.Option(
            default_factory=getpass.getuser,
            show_default=False,
            help=h(
                "经办人，记入变更；不写则为本机登录名。",
                "Who imports; kept with the change. The computer's user where not given.",
            ),
        ),
    ],
    crs: Annotated[
        str | None,
        typer.Option(
            help=h("文件未声明坐标系时给出，如 EPSG:4490。", "CRS of a file that declares none.")
        ),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help=h("文字编码，如 GBK。", "Text encoding, such as GBK."))
    ] = None,
    layer: Annotated[
        str | None,
        typer.Option(help=h("文件中的图层或工作表。", "Layer or sheet inside the file.")),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=h("只检查，不写入。", "Check only; write nothing."))
    ] = False,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Import a file through the one door."""
    with failing_clearly(lang, as_json=as_json):
        from data.intake import prepare_import
        from data.register import Register
        from reports.plain import import_text

        target = place(workspace)
        with ExitStack() as stack:
            fresh = not (target / "register.gpkg").exists()
            beside = Path(stack.enter_context(tempfile.TemporaryDirectory())) if fresh else target
            register = stack.enter_context(Register.open(beside, create=fresh))
            report = prepare_import(
                file,
                as_layer=as_layer,
                register=register,
                who=who,
                recorded_at=moment(register),
                crs=crs,
                encoding=encoding,
                layer=layer,
            )
            written = None
            if report.change is not None and not dry_run:
                if fresh:  # a refused file leaves no empty register behind
                    register = stack.enter_context(Register.open(target, create=True))
                written = register.commit(report.change)
                make_drawable(register)
        document = report.to_json() | {"change": written, "dry_run": dry_run}
        out(document, import_text(document, lang_of(lang)), as_json=as_json)
        if report.rows_in and not report.accepted:
            raise typer.Exit(1)


def moment(register: Any) -> datetime:
    """Return the moment of recording: now, but never before the last change.

    The sample county's history may reach beyond today.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    changes = register.changes()
    return now if changes.empty else max(now, changes["recorded_at"].max().to_pydatetime())


@app.command(
    help=h("年度进度：目标、已计入、序时、按乡镇街道等。", "The year's progress towards its task.")
)
def progress(
    year: Annotated[
        int, typer.Option(min=2000, max=2100, help=h("年度。", "Calendar year of the task."))
    ],
    state_on: StateOn = None,
    known_on: KnownOn = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Measure a year."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.progress import progress as measure
        from reports.plain import progress_text

        parcels, events, facts = county_as_of(place(workspace), state_on, known_on)
        found = measure(
            parcels,
            events,
            rules=facts["rules"],
            year=year,
            as_of=facts["as_of"],
            towns=facts["towns"],
        )
        document = found.to_json(register_version=facts["version"])
        document["sample"] = facts["is_sample"]
        out(document, progress_text(document, lang_of(lang)), as_json=as_json)


@app.command(help=h("导出清单。", "Write a list.") + "\n\n" + WHERE_HELP)
def export(
    file: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FILE", help=h("输出文件；已有的会被替换。", "The file to write.")
        ),
    ],
    what: Annotated[  # noqa: ARG001  (blocks and sites join here)
        What, typer.Option(help=h("导出什么。", "What to export."))
    ] = What.parcels,
    fmt: Annotated[
        Format | None,
        typer.Option(
            "--format", help=h("格式；缺省按文件后缀。", "Format; by default the suffix.")
        ),
    ] = None,
    where: Annotated[
        str,
        typer.Option(
            metavar="EXPR",
            help=h(
                "筛选条件，如 town=塘下镇&class=underused。",
                "Filter, as town=塘下镇&class=underused.",
            ),
        ),
    ] = "",
    year: Annotated[
        int | None,
        typer.Option(
            min=2000,
            max=2100,
            help=h(
                "计入面积的年度；缺省为状态日期所在年。",
                "Year of the credit; that of the state by default.",
            ),
        ),
    ] = None,
    state_on: StateOn = None,
    known_on: KnownOn = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Write the parcels that a filter means."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.desk import desk_frame
        from analysis.query import ParcelQuery
        from analysis.totals import selection_totals
        from reports.context import ExportContext
        from reports.export import check_target
        from reports.export import export as write

        speech = lang_of(lang)
        query = ParcelQuery.from_where(where)
        form = fmt.value if fmt else file.suffix.lstrip(".").lower()
        check_target(form, file)
        parcels, events, facts = county_as_of(place(workspace), state_on, known_on)
        as_of, rules = facts["as_of"], facts["rules"]
        credit_year = year or as_of.state_on.year
        desk = desk_frame(parcels, events, rules=rules, as_of=as_of, year=credit_year)
        picked = desk[query.mask(desk)]
        context = ExportContext(
            county=facts["county"],
            filter_text=query.describe(speech),
            state_on=as_of.state_on,
            known_on=as_of.known_on,
            register_version=facts["version"],
            rules_id=rules.id,
            credit_rule=rules.credit.sentence(speech),
            is_sample=facts["is_sample"],
            lang=speech,
        )
        write(picked, form, file, context=context)
        figures = selection_totals(picked)
        area = figures["geometry_area_mu"]
        mu = "—" if area is None else f"{area:,.1f}"
        told = h(
            f"已导出 {len(picked):,} 宗、{mu} 亩到 {file}。",
            f"Wrote {len(picked):,} parcels, {mu} mu, to {file}.",
            lang,
        )
        document = {
            "out": str(file),
            "format": form,
            "filter": context.filter_text,
            **figures,
            "state_on": as_of.state_on.isoformat(),
            "known_on": None if as_of.known_on is None else as_of.known_on.isoformat(),
            "rules_id": rules.id,
            "register_version": facts["version"],
        }
        out(document, told, as_json=as_json)


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
        document = {
            "ok": found.ok,
            "changes": found.changes,
            "faults": list(found.faults),
            "register_version": version,
        }
        whole = h(
            f"登记簿完好：{found.changes} 次变更。",
            f"The register is whole: {found.changes} changes.",
            lang,
        )
        out(document, whole if found.ok else "\n".join(found.faults), as_json=as_json)
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


def main() -> None:
    """Run the command line, in UTF-8 whatever the console is set to."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except Exception as error:
        sys.exit(internal_error(error))


if __name__ == "__main__":
    main()
