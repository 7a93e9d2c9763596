"""Charts that stay charts: drawn by the office program from numbers that can be edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION, XL_MARKER_STYLE
from pptx.enum.dml import MSO_LINE
from pptx.oxml.ns import qn
from pptx.util import Pt

from reports.packet.deck import ACCENT, INK, PALE, QUIET, Box

Series = Mapping[str, Sequence[float | None]]

_MU = "#,##0"
_MANY = 14
_STANDS, _LEAVES = RGBColor.from_string("C9BDB0"), RGBColor.from_string("D98E9A")
_GRID = RGBColor.from_string("E4E2DC")


def known(values: Any) -> list[float | None]:
    """Return numbers as a chart takes them: what is unknown stays empty.

    Examples
    --------
    >>> known([1.0, float("nan")])
    [1.0, None]
    """
    told = np.asarray(values, dtype=float)
    return [round(float(value), 4) if np.isfinite(value) else None for value in told]


def _chart(page: Any, kind: Any, names: Sequence[str], series: Series, box: Box) -> Any:
    data = CategoryChartData(number_format=_MU)
    data.categories = list(names)
    for name, values in series.items():
        data.add_series(name, list(values))
    chart = page.shapes.add_chart(kind, *box, data).chart
    chart.font.size, chart.font.color.rgb = Pt(12), INK
    chart.has_title = False
    chart.has_legend = len(series) > 1
    if chart.has_legend:
        chart.legend.position = XL_LEGEND_POSITION.TOP
        chart.legend.include_in_layout = False
        chart.legend.font.size = Pt(12)
    return chart


def _quiet_axes(chart: Any, *, values: bool) -> None:
    """Leave of the axes what is needed to read the chart."""
    value, category = chart.value_axis, chart.category_axis
    value.visible, value.has_major_gridlines = values, values
    value.tick_labels.number_format, value.tick_labels.number_format_is_linked = _MU, False
    value.format.line.fill.background()
    if values:
        value.major_gridlines.format.line.color.rgb = _GRID
    category.format.line.color.rgb = _GRID
    category.has_major_gridlines = False
    category.tick_labels.font.size = Pt(12)
    _every_name(category)


def _every_name(axis: Any) -> None:
    """Have every category named, however many there are."""
    skip = axis._element.makeelement(qn("c:tickLblSkip"), {"val": "1"})
    after = [axis._element.find(qn(f"c:{tag}")) for tag in ("tickMarkSkip", "noMultiLvlLbl")]
    first = next((element for element in after if element is not None), None)
    if first is None:
        axis._element.append(skip)
    else:
        first.addprevious(skip)


def _labels(series: Any, colour: Any = INK, *, size: float = 11, at: Any = None) -> None:
    told = series.data_labels
    told.show_value, told.number_format, told.number_format_is_linked = True, "#,##0.0", False
    told.font.size, told.font.color.rgb = Pt(size), colour
    if at is not None:
        told.position = at


def line_chart(
    page: Any,
    names: Sequence[str],
    series: Series,
    box: Box,
    *,
    main: str,
    below: bool = False,
    ends: Mapping[str, Any] | None = None,
) -> Any:
    """Put a line chart on a slide; the main line is thick and says its values above or below.

    The lines in ``ends`` say their last value, in the place given.
    """
    chart = _chart(page, XL_CHART_TYPE.LINE_MARKERS, names, series, box)
    _quiet_axes(chart, values=True)
    chart.value_axis.minimum_scale = 0
    quiet_dashes = (MSO_LINE.ROUND_DOT, MSO_LINE.DASH, MSO_LINE.LONG_DASH, MSO_LINE.DASH_DOT)
    dashes = iter(quiet_dashes)
    place = XL_LABEL_POSITION.BELOW if below else XL_LABEL_POSITION.ABOVE
    for plotted in chart.plots[0].series:
        plotted.smooth = False
        look = plotted.format.line
        if plotted.name == main:
            look.color.rgb, look.width = ACCENT, Pt(3)
            plotted.marker.format.fill.solid()
            plotted.marker.format.fill.fore_color.rgb = ACCENT
            plotted.marker.format.line.color.rgb = ACCENT
            plotted.marker.size = 7
            _labels(plotted, ACCENT, at=place)
        else:
            look.color.rgb, look.width = QUIET, Pt(1.5)
            look.dash_style = next(dashes, MSO_LINE.DASH)
            plotted.marker.style = XL_MARKER_STYLE.NONE
        if ends and plotted.name in ends:
            last = max(at for at, value in enumerate(plotted.values) if value is not None)
            told = plotted.points[last].data_label
            told.font.size, told.font.color.rgb = Pt(11), INK
            told.position = ends[plotted.name]
    return chart


def bar_chart(page: Any, names: Sequence[str], series: Series, box: Box) -> Any:
    """Put bars on a slide, the first at the top, each with its value; a second series is pale."""
    chart = _chart(page, XL_CHART_TYPE.BAR_CLUSTERED, names, series, box)
    _quiet_axes(chart, values=False)
    chart.category_axis.reverse_order = True
    chart.value_axis.minimum_scale = 0
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 45, 0 if len(series) > 1 else 100
    if len(names) > _MANY:
        chart.category_axis.tick_labels.font.size = Pt(10)
    colours = [ACCENT] if len(series) == 1 else [PALE, ACCENT]
    for plotted, colour in zip(plot.series, colours, strict=False):
        plotted.format.fill.solid()
        plotted.format.fill.fore_color.rgb = colour
        plotted.invert_if_negative = False
        _labels(plotted, at=XL_LABEL_POSITION.OUTSIDE_END)
    return chart


def waterfall(
    page: Any, names: Sequence[str], steps: Sequence[tuple[float, float]], box: Box
) -> Any:
    """Put a waterfall on a slide: each step as (from, to); stacked columns on an unseen base.

    The axis starts a little below the lowest step, for a stock is far larger than its changes.
    """
    reached = [end for _, end in steps]
    room = max(0.35 * (max(reached) - min(reached)), 1.0)
    floor = max(min(reached) - room, 0.0)
    low = [0.0 if start == 0 else min(start, end) for start, end in steps]
    high = [abs(end - start) for start, end in steps]
    chart = _chart(
        page, XL_CHART_TYPE.COLUMN_STACKED, names, {" ": known(low), "  ": known(high)}, box
    )
    chart.has_legend = False
    _quiet_axes(chart, values=True)
    chart.value_axis.minimum_scale = round(floor, -2)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 50, 100
    base, seen = plot.series
    base.format.fill.background()
    base.format.line.fill.background()
    _labels(seen, size=13, at=XL_LABEL_POSITION.INSIDE_END)
    for at, (start, end) in enumerate(steps):
        fill = seen.points[at].format.fill
        fill.solid()
        fill.fore_color.rgb = _STANDS if start == 0 else PALE if end >= start else _LEAVES
    return chart
