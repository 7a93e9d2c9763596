"""Verbs that read and write files: look at one, take one in, write a list."""

from __future__ import annotations

import getpass
import tempfile
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

import cli_convert as forms
from cli_decide import Lineage, Repair, Vanish, Vanished, pairs_of, rows_of
from cli_frame import (
    WHERE_HELP,
    CreditYear,
    Encoding,
    FileCrs,
    Json,
    KnownOn,
    Language,
    StateOn,
    Workspace,
    county_as_of,
    failing_clearly,
    h,
    lang_of,
    log_trace,
    make_drawable,
    out,
    place,
)
from cli_mapping import (
    IssuesTo,
    KeepAs,
    Maps,
    ProfileName,
    SendBack,
    kept,
    mapping_of,
    send_back,
    write_issue_book,
)
from gis.errors import UserError


class ExportIntoWorkspaceError(UserError):
    """A list may not be written over what it was read from."""

    zh = "{path} 在工作区 {workspace} 里面（或不是普通文件），没有写入：请把清单存到别的文件夹。"
    en = (
        "{path} lies inside the workspace {workspace} (or is no plain file); nothing was written: "
        "choose another folder for the list."
    )


def refuse_workspace(file: Path, workspace: Path) -> None:
    """Refuse a target inside the workspace, and one that is a device."""
    inside = file.resolve().is_relative_to(workspace.resolve())
    device = file.exists() and not file.is_file() and not file.is_dir()
    if inside or device:
        raise ExportIntoWorkspaceError(path=file, workspace=workspace)


files = typer.Typer(rich_markup_mode=None)


SAMPLE_WARNING = (
    "此工作区是示例县（模拟数据）：真实数据请另建工作区（--workspace 新文件夹）",
    "This workspace is the sample county (synthetic data): "
    "keep real data in a workspace of its own (--workspace NEW_FOLDER)",
)


class Format(StrEnum):
    """Formats of a list."""

    xlsx = "xlsx"
    csv = "csv"
    gpkg = "gpkg"
    geojson = "geojson"
    shp = "shp"
    kml = "kml"
    dxf = "dxf"
    txt = "txt"


class What(StrEnum):
    """What can be exported."""

    parcels = "parcels"
    blocks = "blocks"


@files.command(
    help=h(
        "查看文件：图层、坐标系、落在县内的情况、编码、几何状况、可识别的列；不写入。",
        "Look at a file: layers, systems, where it falls, encoding, columns; writes nothing.",
    )
)
def inspect(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=h("要查看的文件。", "The file."))],
    crs: FileCrs = None,
    encoding: Encoding = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Report on a file."""
    with failing_clearly(lang, as_json=as_json):
        from data.intake_preview import table_preview
        from data.schema import headings, normal_heading
        from gis.io import inspect as look
        from gis.io import vet
        from reports.plain import inspect_text

        vet(file, encoding=encoding)
        document = look(file, encoding=encoding).to_json(lang_of(lang))
        known = headings("parcel")
        for layer in document["layers"]:
            guessed = {name: known.get(normal_heading(name)) for name in layer["columns"]}
            layer["fields"] = {name: key for name, key in guessed.items() if key}
            if layer["kind"] == "table" and not layer["problem"]:
                sheet = layer["name"] if len(document["layers"]) > 1 else None
                layer |= table_preview(file, sheet=sheet, encoding=encoding).to_json(lang_of(lang))
            if layer["kind"] == "vector" and layer["rows"]:
                several = len(document["layers"]) > 1
                name = layer["name"] if several else None
                layer["place"] = _evidence(file, name, crs, encoding, workspace, lang_of(lang))
        out(document, inspect_text(document, lang_of(lang)), as_json=as_json)


def _evidence(
    file: Path,
    layer: str | None,
    crs: str | None,
    encoding: str | None,
    workspace: Path | None,
    lang: str,
) -> dict[str, Any] | None:
    """Say where a layer would fall in the county; nothing where it cannot be read."""
    from data.intake_files import Reading
    from data.intake_place import evidence
    from data.register import Register

    reading = Reading(crs=crs, encoding=encoding, layer=layer)
    with ExitStack() as stack:
        register = None
        if (place(workspace) / "register.gpkg").exists():
            register = stack.enter_context(Register.open(place(workspace)))
        try:
            found = evidence(file, register, as_layer="parcels", reading=reading)
        except UserError:
            return None
    return found.to_json(lang)


@files.command(
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
            show_default=False,
            help=h(
                "作为哪一图层，如 parcels、events、towns、buildings。",
                "As which layer: parcels, events, towns, buildings …",
            ),
        ),
    ] = "",
    who: Annotated[
        str,
        typer.Option(
            show_default=False,
            help=h(
                "经办人，记入变更；不写则为本机登录名。",
                "Who imports; kept with the change. The computer's user where not given.",
            ),
        ),
    ] = "",
    crs: FileCrs = None,
    encoding: Encoding = None,
    layer: Annotated[
        str | None,
        typer.Option(help=h("文件中的图层或工作表。", "Layer or sheet inside the file.")),
    ] = None,
    repair: Repair = "",
    vanished: Vanish = Vanished.keep,
    lineage: Lineage = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=h("只检查，不写入。", "Check only; write nothing."))
    ] = False,
    maps: Maps = None,
    profile: ProfileName = None,
    keep_as: KeepAs = None,
    issues_to: IssuesTo = None,
    corrections: SendBack = False,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Import a file through the one door."""
    if not as_layer and not corrections:
        raise typer.BadParameter(h("缺少 '--as'", "Missing option '--as'"), param_hint="--as")
    with failing_clearly(lang, as_json=as_json):
        who = who or getpass.getuser()
        if corrections:
            send_back(file, workspace, who, dry_run, lang, as_json)
            return
        from data.intake import prepare_import
        from data.register import Register, register_file
        from gis.io import vet
        from reports.plain import import_text

        vet(file, layer=layer, encoding=encoding)
        target = place(workspace)
        with ExitStack() as stack:
            fresh = register_file(target) is None
            beside = Path(stack.enter_context(tempfile.TemporaryDirectory())) if fresh else target
            database = "" if fresh else None  # only looked at: nothing of it is kept
            register = stack.enter_context(Register.open(beside, create=fresh, database=database))
            seen = register.version
            mapping = mapping_of(maps, profile, register)
            report = prepare_import(
                file,
                as_layer=as_layer,
                register=register,
                who=who,
                recorded_at=moment(register),
                crs=crs,
                encoding=encoding,
                layer=layer,
                mapping=mapping,
                repairs=rows_of(repair),
                vanished=vanished.value,
                lineage=pairs_of(lineage),
            )
            report = kept(report, keep_as, mapping, who, moment(register))
            written = None
            if report.change is not None and not dry_run:
                if fresh:  # a refused file leaves no empty register behind
                    register = stack.enter_context(Register.open(target, create=True))
                written = register.commit(replace(report.change, based_on=seen))
                draw_or_warn(register, written, lang)
            if issues_to is not None:
                write_issue_book(report, register, issues_to, lang)
            is_sample = bool(register.meta.get("sample"))
        document = report.to_json() | {"change": written, "dry_run": dry_run}
        if is_sample:
            document["warning"] = h(*SAMPLE_WARNING, lang)
        out(document, import_text(document, lang_of(lang)), as_json=as_json)
        if report.rows_in and not report.accepted:
            raise typer.Exit(1)


def draw_or_warn(register: Any, written: int, lang: str | None) -> None:
    """Draw the map's tiles; the change is on record whether or not that succeeds."""
    try:
        make_drawable(register)
    except UserError as error:
        reason = error.say(lang_of(lang)).rstrip("。.")
    except OSError as error:
        reason = error.strerror or str(error)
    except Exception as error:
        log = log_trace()
        name = type(error).__name__
        reason = h(f"程序内部错误 {name}，详情见 {log}", f"internal error {name}, see {log}", lang)
    else:
        return
    told = h(
        f"第 {written} 次变更已登记；只是地图没有画成（{reason}），下次打开地图时会自动重画。",
        f"Change {written} is recorded; only the map could not be drawn ({reason}). "
        "It will be drawn when the map is opened next.",
        lang,
    )
    typer.echo(told, err=True)


def moment(register: Any) -> datetime:
    """Return the moment of recording: now, but never before the last change.

    The sample county's history may reach beyond today.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    changes = register.changes()
    return now if changes.empty else max(now, changes["recorded_at"].max().to_pydatetime())


@files.command(help=h("导出清单。", "Write a list.") + "\n\n" + WHERE_HELP)
def export(
    file: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FILE", help=h("输出文件；已有的会被替换。", "The file to write.")
        ),
    ],
    what: Annotated[
        What, typer.Option(help=h("地块，或其形成的连片。", "Parcels, or the blocks they form."))
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
    out_encoding: forms.OutEncodingOption = None,
    zone: forms.ZoneOption = None,
    degrees: forms.DegreesOption = forms.Degrees.three,
    prefix: forms.PrefixOption = True,
    decimals: forms.DecimalsOption = 4,
    fields: forms.FieldsOption = forms.PlotFields.nine,
    year: CreditYear = None,
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
        from analysis.query_where import refuse_unknown_places
        from analysis.totals import selection_totals
        from cli_blocks import Asked, export_blocks
        from reports.context import ExportContext
        from reports.export import check_target
        from reports.export import export as write
        from reports.options import FormatOptions

        speech = lang_of(lang)
        query = ParcelQuery.from_where(where)
        form = fmt.value if fmt else file.suffix.lstrip(".").lower()
        form = "shp" if form == "zip" else form
        refuse_workspace(file, place(workspace))
        check_target(form, file)
        boundary = forms.boundary_form(zone, degrees, fields, out_encoding, prefix, decimals)
        options = FormatOptions(out_encoding.value if out_encoding else "UTF-8", boundary)
        if what is What.blocks:
            dates = (state_on, known_on)
            made = export_blocks(Asked(where=where), form, file, workspace, dates, speech, options)
            out(*made, as_json=as_json)
            return
        parcels, events, facts = county_as_of(place(workspace), state_on, known_on)
        as_of, rules = facts["as_of"], facts["rules"]
        credit_year = year or as_of.state_on.year
        desk = desk_frame(parcels, events, rules=rules, as_of=as_of, year=credit_year)
        asked = {"town": query.towns, "park": query.parks}
        refuse_unknown_places(asked, desk, towns=facts["towns"])
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
        write(picked, form, file, context=context, options=options)
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
