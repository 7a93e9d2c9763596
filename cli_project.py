"""The verbs ``project``: enter, list and withdraw projects that look for land."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_event import Who
from cli_files import moment
from cli_frame import Encoding, Json, Language, Workspace, failing_clearly, h, lang_of, out, place
from cli_usage import Verbs
from gis.errors import UserError

project_verbs = typer.Typer(
    cls=Verbs,
    help=h(
        "项目库：登记、列出、撤下要落地的项目；整表用 import --as projects。"
        "都可用 --workspace、--json、--lang。",
        "Projects that look for land: add, list, remove; whole tables by import --as projects. "
        "Each takes --workspace, --json and --lang.",
    ),
    no_args_is_help=True,
)

ProjectId = Annotated[
    str, typer.Argument(metavar="ID", help=h("项目编号。", "Number of the project."))
]


class SettingUnreadableError(UserError):
    """A setting that is not written as a heading, an equals sign and a value."""

    zh = "--set 的写法不对：{found}。应为“字段=值”，例如 --set 最少用地=30。"
    en = "--set is not understood: {found}. Write FIELD=VALUE, such as --set land_least_mu=30."


@project_verbs.command(
    "add",
    help=h(
        "登记一个项目；编号已有则只改给出的字段。字段可用键名、中文名或别名，可带单位，"
        "如 --set '最少用地(亩)=30' --set cluster=auto。未给出的为未知，不是 0。",
        "Enter a project; one that is there changes in the fields given only. FIELD is a key, a "
        "label or an alias, with a unit if need be. What is not given is unknown, not 0.",
    ),
)
def add(
    project_id: ProjectId,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help=h("字段与值。", "Field and value.")),
    ] = None,
    why: Annotated[str, typer.Option(help=h("依据或说明。", "On what grounds."))] = "",
    who: Who = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=h("只检查，不写入。", "Check only; write nothing."))
    ] = False,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Enter a project."""
    with failing_clearly(lang, as_json=as_json):
        from data.projects import entered, merged
        from data.register import Register
        from reports.project_list import project_text

        given = {"project_id": project_id, **dict(_setting(text) for text in settings or ())}
        with Register.open(place(workspace)) as register:
            old = _recorded(register)
            row = entered(given, old)
            table = merged(row, old)
            zh = f"登记项目 {project_id}{'：' + why if why else ''}"
            change = None if dry_run else _commit(register, table, who, zh)
        document = _document(table.loc[list(row.index)])
        document |= {"change": change, "dry_run": dry_run}
        out(document, project_text(document, lang_of(lang)), as_json=as_json)


@project_verbs.command(
    "list",
    help=h(
        "列出项目、是否优先、是否达到准入条件（有数据的才核对）。JSON 键：projects"
        "（各字段、priority、entry）。--projects 则只凭文件。",
        "List the projects, who comes first, and the entry bars (checked where figures exist). "
        "JSON keys: projects (fields, priority, entry). With --projects from a file alone.",
    ),
)
def list_projects(
    projects: Annotated[
        Path | None, typer.Option(metavar="FILE", help=h("项目表。", "File of projects."))
    ] = None,
    encoding: Encoding = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """List the projects."""
    with failing_clearly(lang, as_json=as_json):
        from data.projects import read_loose_projects, read_projects
        from data.register import Register
        from reports.measures import told_issues
        from reports.project_list import project_text

        more: dict[str, Any] = {}
        if projects is not None:
            table, issues = read_loose_projects(projects, encoding=encoding)
            more["issues"] = told_issues(issues.iloc[:0], [issues], lang_of(lang))
        else:
            with Register.open(place(workspace)) as register:
                table = read_projects(register)
                more["register_version"] = register.version
                more["sample"] = bool(register.meta.get("sample"))
        document = _document(table) | more
        out(document, project_text(document, lang_of(lang)), as_json=as_json)


@project_verbs.command(
    "remove",
    help=h(
        "把项目撤出项目库；此前的版本都保留。",
        "Take projects off the list; earlier versions stay on record.",
    ),
)
def remove(
    project_ids: Annotated[
        list[str], typer.Argument(metavar="ID", help=h("项目编号。", "Numbers of projects."))
    ],
    why: Annotated[str, typer.Option(help=h("原因。", "Reason."))] = "",
    who: Who = None,
    workspace: Workspace = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Withdraw projects."""
    with failing_clearly(lang, as_json=as_json):
        from data.projects import read_projects, without
        from data.register import Register

        with Register.open(place(workspace)) as register:
            table = without(read_projects(register), project_ids)
            ids = "、".join(project_ids)
            change = _commit(register, table, who, f"撤下项目 {ids}{'：' + why if why else ''}")
        told = h(f"已撤下 {ids}。", f"Removed {ids}.", lang)
        out({"removed": project_ids, "change": change}, told, as_json=as_json)


def _setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise SettingUnreadableError(found=text)
    return name.strip(), value.strip()


def _recorded(register: Any) -> Any:
    from data.projects import ProjectsMissingError, read_projects

    try:
        return read_projects(register)
    except ProjectsMissingError:
        return None


def _commit(register: Any, table: Any, who: str | None, why: str) -> int:
    from data.projects import projects_change

    change = projects_change(
        table, who=who or getpass.getuser(), why=why, recorded_at=moment(register)
    )
    return int(register.commit(change))


def _document(table: Any) -> dict[str, Any]:
    from data.project_rules import load_project_rules
    from reports.project_list import project_document

    return project_document(table, rules=load_project_rules())
