"""The verb that takes files in: one change for each, every row accounted for."""

from __future__ import annotations

import getpass
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_decide import Lineage, Repair, Vanish, Vanished, pairs_of, rows_of
from cli_files import draw_or_warn, moment
from cli_frame import (
    Encoding,
    FileCrs,
    Json,
    Language,
    Workspace,
    failing_clearly,
    h,
    lang_of,
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
from cli_several import parts_of, tell_each

importing = typer.Typer(rich_markup_mode=None)

SAMPLE_WARNING = (
    "此工作区是示例县（模拟数据）：真实数据请另建工作区（--workspace 新文件夹）",
    "This workspace is the sample county (synthetic data): "
    "keep real data in a workspace of its own (--workspace NEW_FOLDER)",
)


@importing.command(
    "import",
    help=h(
        "导入一个或几个文件；不合格的行逐条列出，不会丢失。各文件分别登记，一个被拒收不影响其他文件。",
        "Import one or several files; rejected rows are listed. Each file is a change of its own: "
        "a refused one does not lose the others.",
    ),
)
def import_file(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help=h("要导入的文件，可以几个。", "One or several.")),
    ],
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
    layers: Annotated[
        list[str] | None,
        typer.Option(
            "--layer",
            help=h(
                "文件中的图层或工作表，可多次给出；all 为有数据的全部图层。",
                "Layer or sheet inside the file; may be repeated. all: every one that holds rows.",
            ),
        ),
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
    """Import files through the one door."""
    if not as_layer and not corrections:
        raise typer.BadParameter(h("缺少 '--as'", "Missing option '--as'"), param_hint="--as")
    with failing_clearly(lang, as_json=as_json):
        from reports.plain import import_text

        who = who or getpass.getuser()
        if corrections:
            _one_at_a_time(paths, "--corrections", asked=True)
            send_back(paths[0], workspace, who, dry_run, lang, as_json)
            return
        parts = parts_of(paths, layers or [], encoding)
        repairs, pairs = rows_of(repair), pairs_of(lineage)
        _one_at_a_time(parts, "--repair", asked=repairs not in ("all", []))
        _one_at_a_time(parts, "--lineage", asked=pairs not in ("all", []))
        _one_at_a_time(parts, "--issues", asked=issues_to is not None)
        decided = {"repairs": repairs, "vanished": vanished.value, "lineage": pairs}
        reading = {"as_layer": as_layer, "who": who, "crs": crs, "encoding": encoding}
        way = Way(
            {**reading, **decided},
            maps,
            profile,
            keep_as,
            issues_to,
            place(workspace),
            dry_run,
            lang,
        )
        tell_each(parts, way.take, import_text, lang=lang, as_json=as_json)


def _one_at_a_time(parts: Sequence[Any], option: str, *, asked: bool) -> None:
    """Refuse an option that means rows of one file where there are several."""
    if asked and len(parts) > 1:
        told = h("只能用于一个文件（一个图层）", "for one file (one layer) at a time")
        raise typer.BadParameter(told, param_hint=option)


@dataclass(frozen=True)
class Way:
    """How files are to be taken in.

    Attributes
    ----------
    options : dict
        Of `data.intake.prepare_import`.
    maps, profile, keep_as, issues_to
        As the verb's own options.
    target : Path
        The workspace.
    dry_run : bool
        Whether nothing is to be written.
    lang : str, optional
        Language of the reports.
    """

    options: dict[str, Any]
    maps: list[str] | None
    profile: str | None
    keep_as: str | None
    issues_to: Path | None
    target: Path
    dry_run: bool
    lang: str | None

    def take(self, file: Path, layer: str | None) -> dict[str, Any]:
        """Take one layer of a file in; return the report as a document."""
        from data.intake import prepare_import
        from data.register import Register, register_file
        from gis.io import vet

        vet(file, layer=layer, encoding=self.options["encoding"])
        with ExitStack() as stack:
            fresh = register_file(self.target) is None
            beside = self.target
            if fresh:
                beside = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            database = "" if fresh else None  # only looked at: nothing of it is kept
            register = stack.enter_context(Register.open(beside, create=fresh, database=database))
            seen, at = register.version, moment(register)
            mapping = mapping_of(self.maps, self.profile, register)
            report = prepare_import(
                file,
                register=register,
                recorded_at=at,
                layer=layer,
                mapping=mapping,
                **self.options,
            )
            report = kept(report, self.keep_as, mapping, self.options["who"], at)
            written = None
            if report.change is not None and not self.dry_run:
                if fresh:  # a refused file leaves no empty register behind
                    register = stack.enter_context(Register.open(self.target, create=True))
                written = register.commit(replace(report.change, based_on=seen))
                draw_or_warn(register, written, self.lang)
            if self.issues_to is not None:
                write_issue_book(report, register, self.issues_to, self.lang)
            is_sample = bool(register.meta.get("sample"))
        document = report.to_json(lang_of(self.lang))
        document |= {"change": written, "dry_run": self.dry_run}
        return document | ({"warning": h(*SAMPLE_WARNING, self.lang)} if is_sample else {})
