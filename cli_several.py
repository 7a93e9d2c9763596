"""One verb over several files or layers: each with its own report, none lost by another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from cli_frame import h, lang_of, out, refusal

ALL = "all"
"""What ``--layer`` says for every layer of a file."""


def tell_each(
    parts: Sequence[tuple[Path, Any]],
    one: Callable[[Path, Any], dict[str, Any]],
    text: Callable[[Mapping[str, Any], str], str],
    *,
    lang: str | None,
    as_json: bool,
) -> None:
    """Do one thing for each part and print its report; exit 1 if any was refused.

    A single part is told as it is, and its refusal is everybody's. Of several, the JSON document
    holds ``files`` with a report or an ``error`` each; a refusal is told on the error stream.
    """
    if len(parts) == 1:
        document = one(*parts[0])
        out(document, text(document, lang_of(lang)), as_json=as_json)
        if nothing_accepted(document):
            raise typer.Exit(1)
        return
    found = []
    for file, layer in parts:
        document = _told(one, file, layer, lang)
        found.append(document)
        if "error" in document:
            typer.echo(f"{_name(document)}: {document['error']['message']}", err=True)
        elif not as_json:
            out(document, text(document | {"file": _name(document)}, lang_of(lang)), as_json=False)
    refused = sum("error" in document or nothing_accepted(document) for document in found)
    done = len(found) - refused
    last = h(
        f"共 {len(found)} 份：完成 {done}，拒收 {refused}。",
        f"{len(found)} in all: {done} done, {refused} refused.",
        lang,
    )
    out({"files": found, "done": done, "refused": refused}, last, as_json=as_json)
    if refused:
        raise typer.Exit(1)


def _told(
    one: Callable[[Path, Any], dict[str, Any]], file: Path, layer: str | None, lang: str | None
) -> dict[str, Any]:
    named = {"file": file.name} | ({"part": layer} if layer is not None else {})
    try:
        return {**one(file, layer), **named}
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except Exception as error:  # told with the others: what came before it stands
        return {**named, "error": refusal(error, lang)}


def _name(document: Mapping[str, Any]) -> str:
    part = document.get("part")
    return f"{document['file']} [{part}]" if part else str(document["file"])


def nothing_accepted(document: Mapping[str, Any]) -> bool:
    """Say whether a report is of an import that let no row in."""
    return bool(document.get("rows_in")) and not document.get("accepted")


def parts_of(
    files: Sequence[Path], layers: Sequence[str], encoding: str | None
) -> list[tuple[Path, str | None]]:
    """Return each file with each layer asked for; ``all`` are those that hold rows."""
    if list(layers) != [ALL]:
        return [(file, layer) for file in files for layer in (layers or [None])]
    return [(file, layer) for file in files for layer in _layers_in(file, encoding)]


def _layers_in(file: Path, encoding: str | None) -> list[str | None]:
    """Return the layers or sheets of a file that hold rows; None where it has but one."""
    from gis.errors import UserError
    from gis.io import inspect, vet

    try:
        vet(file, encoding=encoding)
        found = inspect(file, encoding=encoding).layers
        layers = [layer for layer in found if layer.part_of is None]  # a drawing is taken whole
    except (UserError, OSError):
        return [None]  # refused with its reason when its turn comes
    filled = [layer.name for layer in layers if layer.rows]
    return list(filled) if len(layers) > 1 and filled else [None]
