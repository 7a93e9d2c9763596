"""The verb ``evaluate``: the per-mu evaluation of the firms in the register."""

from __future__ import annotations

from typing import Annotated

import typer

from cli_frame import (
    Json,
    KnownOn,
    Language,
    Workspace,
    county_as_of,
    failing_clearly,
    h,
    lang_of,
    out,
    place,
    provenance,
)

evaluation = typer.Typer()


@evaluation.command(
    "evaluate",
    help=h(
        "亩均效益综合评价：每家企业的分值、分项、档次、缺少的数据，及各项指标在宗地上的分摊。"
        "需先导入 firms 和 firm_parcels。JSON 键：firms、parcels、issues、scheme、grades、totals，"
        "及 register_version、state_on、known_on、sample。",
        "Per-mu evaluation: score, items, grade and missing data of every firm, and its figures "
        "spread over parcels. Import firms and firm_parcels first. JSON keys: firms, parcels, "
        "issues, scheme, grades, totals; register_version, state_on, known_on, sample.",
    ),
)
def evaluate(
    workspace: Workspace = None,
    scheme: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help=h(
                "评分方案，如 huangyan_2022（示例）；缺省为本县方案，未填写时用示例。",
                "Scheme of scores, such as huangyan_2022 (example); by default the county's own, "
                "an example while that is empty.",
            ),
        ),
    ] = None,
    grades: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help=h(
                "分档方案，如 wenling（示例）；缺省同上。",
                "Scheme of grades, such as wenling (example); by default as above.",
            ),
        ),
    ] = None,
    known_on: KnownOn = None,
    as_json: Json = False,
    lang: Language = None,
) -> None:
    """Evaluate firms."""
    with failing_clearly(lang, as_json=as_json):
        from analysis.firm_evaluation import choose_schemes, evaluate_firms
        from data.evaluation_rules import load_evaluation_rules
        from data.firm_tables import read_firm_tables
        from data.register import Register
        from reports.evaluation import evaluation_document, evaluation_text

        score, grade = choose_schemes(load_evaluation_rules(), scheme, grades)
        parcels, _, facts = county_as_of(place(workspace), None, known_on)
        with Register.open(place(workspace)) as register:
            firms, holdings = read_firm_tables(register, facts["as_of"])
        found = evaluate_firms(firms, holdings, parcels, score=score, grade=grade)
        document = provenance(facts) | evaluation_document(found, lang=lang_of(lang))
        out(document, evaluation_text(document, lang_of(lang)), as_json=as_json)
