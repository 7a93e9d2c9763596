"""Verbs that read and write files: look at some, write a list."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

import cli_convert as forms
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
from cli_several import tell_each
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
    sites = "sites"


@files.command(
    help=h(
        "查看文件：图层、坐标系、落在县内的情况、编码、几何状况、可识别的列；不写入。",
        "Look at a file: layers, systems, where it falls, encoding, columns; writes nothing.",
    )
)
def inspect(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help=h("要查看的文件，可以几个。", "One or several.")),
    ],
    crs: FileCrs = None,
    encoding: Encoding = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Report on files."""
    with failing_clearly(lang, as_json=as_json):
        from reports.plain import inspect_text

        def one(path: Path, _: None) -> dict[str, Any]:
            return inspected(path, crs, encoding, workspace, lang)

        parts = [(path, None) for path in paths]
        tell_each(parts, one, inspect_text, lang=lang, as_json=as_json)


def inspected(
    file: Path, crs: str | None, encoding: str | None, workspace: Path | None, lang: str | None
) -> dict[str, Any]:
    """Return the report on one file as a document."""
    from data.intake_preview import table_preview
    from data.schema import headings, normal_heading
    from gis.io import inspect as look
    from gis.io import vet

    vet(file, encoding=encoding)
    document = look(file, encoding=encoding).to_json(lang_of(lang))
    known = headings("parcel")
    for layer in document["layers"]:
        guessed = {name: known.get(normal_heading(name)) for name in layer["columns"]}
        layer["fields"] = {name: key for name, key in guessed.items() if key}
        several = len(document["layers"]) > 1
        name = layer["name"] if several else None
        if layer["kind"] == "table" and not layer["problem"]:
            try:
                found = table_preview(file, sheet=name, encoding=encoding)
                layer |= found.to_json(lang_of(lang))
            except UserError as refusal:  # one sheet without a header does not refuse the others
                layer["problem"] = refusal.say(lang_of(lang))
        if layer["kind"] == "vector" and layer["rows"]:
            layer["place"] = _evidence(file, name, crs, encoding, workspace, lang_of(lang))
    return document


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
        What,
        typer.Option(
            help=h(
                "地块，其形成的连片，或可供项目的场地。",
                "Parcels, the blocks they form, or sites for projects.",
            )
        ),
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
        if what is What.sites:
            from cli_siting import export_sites

            dates = (state_on, known_on)
            made = export_sites(where, form, file, place(workspace), dates, speech, options)
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
