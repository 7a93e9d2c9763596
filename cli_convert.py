"""File to file without a register: 界址点 TXT, drawings and map files into one another."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_decide import Repair, rows_of
from cli_frame import Encoding, FileCrs, Json, Language, failing_clearly, h, lang_of, out

converting = typer.Typer(rich_markup_mode=None)


class OutEncoding(StrEnum):
    """Encodings that a shapefile or 界址点 TXT is written in."""

    utf8 = "UTF-8"
    gbk = "GBK"


class Degrees(StrEnum):
    """Widths of a zone."""

    three = "3"
    six = "6"


class PlotFields(StrEnum):
    """Fields of a plot line."""

    nine = "9"
    twelve = "12"


OutEncodingOption = Annotated[
    OutEncoding | None,
    typer.Option(
        "--out-encoding",
        help=h(
            "输出的文字编码：shp 缺省 UTF-8（附 .cpg），界址点 TXT 缺省 GBK。",
            "Encoding to write: UTF-8 (with .cpg) for shp, GBK for 界址点 TXT by default.",
        ),
    ),
]
ZoneOption = Annotated[
    int | None,
    typer.Option(
        "--zone",
        help=h("界址点 TXT 的带号；缺省按位置。", "Zone of 界址点 TXT; by place otherwise."),
    ),
]
DegreesOption = Annotated[
    Degrees, typer.Option("--degrees", help=h("界址点 TXT 的分带。", "Width of its zones."))
]
PrefixOption = Annotated[
    bool,
    typer.Option(
        "--prefix/--no-prefix",
        help=h("横坐标前加带号。", "Begin eastings with the number of the zone."),
    ),
]
DecimalsOption = Annotated[
    int,
    typer.Option(
        "--decimals", min=0, max=8, help=h("界址点坐标的小数位。", "Decimals of its coordinates.")
    ),
]
FieldsOption = Annotated[
    PlotFields,
    typer.Option("--fields", help=h("界址点地块行的字段数。", "Fields of its plot lines.")),
]


def boundary_form(
    zone: int | None,
    degrees: Degrees,
    fields: PlotFields,
    encoding: OutEncoding | None,
    prefix: bool,
    decimals: int,
) -> Any:
    """Return how 界址点 TXT is to be written."""
    from gis.io.boundary_write import BoundaryForm

    return BoundaryForm(
        zone=zone,
        degrees=int(degrees.value),
        prefix=prefix,
        decimals=decimals,
        fields=int(fields.value),
        encoding=encoding.value if encoding else "GBK",
    )


@converting.command(
    help=h(
        "转换文件格式（不用登记簿）：界址点 TXT、shp、gpkg、geojson、kml、dxf、fgb、parquet，"
        "以及带坐标的表格；检查与导入相同，没有可用图形的行不写出并逐条列出，"
        "不合法的面原样写出并列出（--repair 可修复）。",
        "Convert files without a register; the checks are those of an import. Invalid polygons are "
        "written as they are and listed, or repaired with --repair.",
    )
)
def convert(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help=h("要转换的文件，可以几个。", "One or several.")),
    ],
    target: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FILE",
            help=h("输出文件；后缀决定格式。", "The file to write; its suffix says the format."),
        ),
    ],
    crs: FileCrs = None,
    encoding: Encoding = None,
    layer: Annotated[
        str | None,
        typer.Option(help=h("文件中的图层或工作表。", "Layer or sheet inside the file.")),
    ] = None,
    repair: Repair = "",
    out_crs: Annotated[
        str | None,
        typer.Option(
            "--out-crs",
            metavar="CRS",
            help=h(
                "输出坐标系；缺省 EPSG:4490，TXT 和 DXF 为所在的 3 度带。",
                "System to write; EPSG:4490 by default, the 3-degree zone for TXT and DXF.",
            ),
        ),
    ] = None,
    out_encoding: OutEncodingOption = None,
    zone: ZoneOption = None,
    degrees: DegreesOption = Degrees.three,
    prefix: PrefixOption = True,
    decimals: DecimalsOption = 4,
    fields: FieldsOption = PlotFields.nine,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Convert files."""
    with failing_clearly(lang, as_json=as_json):
        from data.convert import convert as run
        from data.intake_files import Reading
        from gis.io import vet
        from reports.convert_text import conversion_text

        for file in files:
            vet(file, layer=layer, encoding=encoding)
        form = boundary_form(zone, degrees, fields, out_encoding, prefix, decimals)
        done = run(
            files,
            target,
            reading=Reading(crs=crs, encoding=encoding, layer=layer),
            out_crs=out_crs,
            out_encoding=out_encoding.value if out_encoding else "UTF-8",
            form=form,
            repairs=rows_of(repair),
        )
        document = done.to_json(lang_of(lang))
        out(document, conversion_text(document, lang_of(lang)), as_json=as_json)
