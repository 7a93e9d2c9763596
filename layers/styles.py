"""Colours, hatches and codes of all that is drawn: the one place that knows how a class looks.

Every theme gives each parcel a small integer *code*; 0 is "unknown". The browser receives codes and
the list of :class:`Style` once, and paints. Colours follow the Okabe–Ito set (distinguishable with
the common colour-vision deficiencies); every class that could be mistaken also carries a hatch.
"""

from __future__ import annotations

from dataclasses import dataclass

THEMES = ("class", "stage", "far", "grade")
"""What the map page offers; other pages bring a theme of their own."""


@dataclass(frozen=True)
class Style:
    """How one legend entry is painted.

    Attributes
    ----------
    key : str
        Code of the enum value or class interval; ``""`` for unknown.
    fill : str
        Colour as ``#rrggbb``.
    hatch : str
        ``""``, ``"up"``, ``"down"``, ``"cross"``, ``"dots"``, ``"across"`` or ``"tick"``: the mark
        that tells entries apart without colour.
    """

    key: str
    fill: str
    hatch: str = ""


UNKNOWN = Style("", "#c9c9c4", "down")
NOT_IN_RENEWAL = Style("", "#e4e2dc")
"""A parcel without a stage is not unknown: no renewal has begun."""

CLASS_STYLES = (
    Style("approved_unsupplied", "#0072b2", "across"),
    Style("supplied_unused", "#e69f00", "up"),
    Style("underused", "#b5527f", "cross"),
    Style("built_idle", "#56b4e9", "dots"),
    Style("below_agreed", "#f0e442", "down"),
    Style("insufficient", "#d4d4d0", "down"),
    Style("not_low", "#dccbb0"),
)
STAGE_STYLES = (
    Style("surveyed", "#f7f4ea"),
    Style("listed", "#f2e5c4"),
    Style("approved", "#ecd29b"),
    Style("signed", "#e4bb76"),
    Style("vacated", "#d8a05c"),
    Style("demolished", "#c4824d"),
    Style("prepared", "#a86849"),
    Style("supplied", "#875348"),
    Style("started", "#5f4147"),
    Style("completed", "#2f7d5b", "tick"),
    Style("producing", "#22694a", "tick"),
    Style("evaluated", "#15543a", "tick"),
)
FAR_STYLES = (
    Style("lt05", "#fde8d7"),
    Style("05_10", "#f9c89f"),
    Style("10_15", "#ee9d6b"),
    Style("15_20", "#d66a4d"),
    Style("20_30", "#9c3a4c", "dots"),
    Style("ge30", "#561e3f", "cross"),
)
GRADE_STYLES = (
    Style("A", "#1b7a5a", "tick"),
    Style("B", "#7fb8a4"),
    Style("C", "#f0c36d", "up"),
    Style("D", "#c8553d", "cross"),
)
_STYLES: dict[str, tuple[Style, ...]] = {
    "class": CLASS_STYLES,
    "stage": STAGE_STYLES,
    "far": FAR_STYLES,
    "grade": GRADE_STYLES,
    "far_computed": FAR_STYLES,
    "far_surveyed": FAR_STYLES,
    "far_estimated": FAR_STYLES,
    "verdict": CLASS_STYLES,
}
THEME_FIELD = {
    "class": "low_class",
    "stage": "stage",
    "far": "far_class",
    "grade": "evaluation_grade",
    "far_computed": "far_computed_class",
    "far_surveyed": "far_surveyed_class",
    "far_estimated": "far_estimated_class",
    "verdict": "screened_class",
}
EXTRA_THEMES = tuple(name for name in THEME_FIELD if name not in THEMES)
SUSPECTED_IDLE_OUTLINE = "#d55e00"
OVERLAY_STYLES = (
    Style("incoming", "#0b6e8a"),
    Style("new", "#0072b2"),
    Style("gained", "#1b7a5a"),
    Style("lost", "#d55e00"),
    Style("vanished", "#6b6f73", "dashed"),
    Style("faulty", "#b5527f"),
    Style("alone", "#0047c2"),
    Style("block", "#4a5560", "outline"),
    Style("focus", "#0b3c8c", "outline"),
    Style("open", "#d4006a", "strong"),
    Style("hand", "#0b6e8a", "strong"),
    Style("saved", "#5c3b8c", "dashed"),
    Style("twice", "#d55e00"),
    Style("start_1", "#7a3fa0"),
    Style("start_2", "#4a5fb0"),
    Style("start_3", "#2f86a8"),
    Style("start_4", "#21a08a"),
    Style("start_5", "#58b85f"),
    Style("start_6", "#a3cf3f"),
    Style("start_7", "#e8d21e"),
    Style("site_first", "#0a6b40", "filled"),
    Style("site_next", "#2fa56f", "filled"),
    Style("site_more", "#86cfa4", "filled"),
    Style("site_decided", "#6a1b9a", "filled"),
    Style("site_small", "#6b6f73", "outline"),
    Style("veto_farmland", "#7a5c00", "barred"),
    Style("veto_redline", "#d5202a", "barred"),
    Style("veto_growth_boundary", "#c0399f", "barred"),
    Style("veto_industrial_line", "#d55e00", "barred"),
    Style("veto_chemical_park", "#b58900", "barred"),
    Style("veto_protection", "#8c1c3f", "barred"),
    Style("veto_flood_often", "#5a50d0", "barred"),
    Style("veto_slope", "#6d4c41", "barred"),
    Style("veto_strip", "#75828a", "barred"),
    Style("veto_contaminated", "#a64ac9", "barred"),
    Style("veto_other", "#7f7f7f", "barred"),
)
"""What pages draw over the county: outlines (``dashed``: no longer, or only saved; ``barred``: the
same with a tint, for land that may not be had) and areas (``filled``: stands out from parcels)."""
LEDGERS_DIFFER_OUTLINE = "#0047c2"
"""Dashed: two bureaus' ledgers disagree and nobody has resolved it."""


def styles(theme: str) -> tuple[Style, ...]:
    """Return the styles of a theme in code order: position 0 is unknown.

    Parameters
    ----------
    theme : str
        A key of :data:`THEME_FIELD`.

    Raises
    ------
    KeyError
        If the theme does not exist.

    Examples
    --------
    >>> [s.key for s in styles("grade")]
    ['', 'A', 'B', 'C', 'D']
    """
    return (NOT_IN_RENEWAL if theme == "stage" else UNKNOWN, *_STYLES[theme])


LIGHT_COLOURS = {"red": "#B3261E", "amber": "#9A5B00", "green": "#1E7B34", "none": "#6B6460"}
"""Of the lights of land clearing: beside a sign and a word, legible on white and on black."""
