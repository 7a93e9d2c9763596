"""Files handed over but not yet committed: kept in the workspace until they are, or discarded.

A draft is one data set (a workbook, a zip, a shapefile with its companions) and what was chosen
for it so far. It lies in ``<workspace>/drafts/<id>``: the bytes as they came under ``files/`` and
one ``draft.json``. It is made whole or not at all, and survives a restart of the server.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from data.errors import DataError
from data.register.failures import told

FOLDER = "drafts"
FILES = "files"
NOTE = "draft.json"
COMPANIONS = (".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".shp.xml")
LONGEST_NAME = 70
"""Letters of a file's name that are kept: a name has 255 bytes, a letter up to three."""

_ID = re.compile(r"^[0-9a-f]{12}$")
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)


class DraftMissingError(DataError):
    """A draft that was committed or thrown away, or never was."""

    zh = "草稿 {draft_id} 已不在（可能已写入或已被删除）：请回到文件清单。"
    en = "Draft {draft_id} is gone (committed or thrown away): go back to the list of files."


class DraftDamagedError(DataError):
    """A draft whose note or files cannot be read."""

    zh = "草稿 {draft_id} 的内容残缺，无法继续：请删除它，再重新拖入文件。"
    en = "Draft {draft_id} is damaged: throw it away and drop the file again."


@dataclass(frozen=True)
class DraftFile:
    """One file of a draft as it came."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Draft:
    """What was handed over, and what was chosen for it so far.

    Attributes
    ----------
    draft_id : str
        Twelve hexadecimal digits.
    main : str
        Name of the file to open; the others are its companions.
    files : tuple of DraftFile
        All files, by name.
    began_at, touched_at : str
        ISO moments, UTC.
    choices : mapping
        What the user chose: plain JSON values by name.
    standing : mapping
        What the last check found, for lists: plain JSON values by name.
    committed : mapping of str to int
        Layer or sheet (``""`` for the only one) → number of the change that took it in.
    """

    draft_id: str
    main: str
    files: tuple[DraftFile, ...]
    began_at: str
    touched_at: str
    choices: Mapping[str, Any] = field(default_factory=dict)
    standing: Mapping[str, Any] = field(default_factory=dict)
    committed: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def file_name(name: str) -> str:
    r"""Return a name that every file system takes, with the suffix and the words it had.

    Examples
    --------
    >>> file_name("C:/甲/../宗地 1.shp"), file_name("con.csv"), file_name("\x00")
    ('宗地 1.shp', '_con.csv', '_')
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = _UNFIT.sub("_", last).strip(" .") or "_"
    stem, dot, suffix = plain.rpartition(".")
    if _DEVICES.match(stem or suffix):
        stem, suffix = ("_" + stem, suffix) if dot else (stem, "_" + suffix)
    if dot:
        return f"{stem[: LONGEST_NAME - len(suffix) - 1]}.{suffix[:16]}"
    return (stem + suffix)[:LONGEST_NAME]


def stem_of(name: str) -> str:
    """Return what a file has in common with its companions, in small letters.

    Examples
    --------
    >>> stem_of("宗地.SHP") == stem_of("宗地.shp.xml") == stem_of("宗地.dbf")
    True
    """
    low = name.lower()
    tail = next((suffix for suffix in COMPANIONS if low.endswith(suffix)), None)
    return low[: -len(tail)] if tail else low.rpartition(".")[0] or low


def is_companion(name: str) -> bool:
    """Tell whether a file says nothing without the one that it goes with.

    Examples
    --------
    >>> is_companion("宗地.dbf"), is_companion("宗地.xlsx")
    (True, False)
    """
    return name.lower().endswith(COMPANIONS)


def grouped(names: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Sort names into data sets: the file to open, and all of its files.

    Companions without their shapefile are a set of their own, so that what is missing is told.

    Examples
    --------
    >>> grouped(["a.dbf", "b.xlsx", "a.shp", "c.dbf"])
    [('b.xlsx', ('b.xlsx',)), ('a.shp', ('a.dbf', 'a.shp')), ('c.dbf', ('c.dbf',))]
    """
    parts: dict[str, list[str]] = {}
    alone = []
    for name in sorted(set(names)):
        if is_companion(name) or name.lower().endswith(".shp"):
            parts.setdefault(stem_of(name), []).append(name)
        else:
            alone.append((name, (name,)))
    sets = [(_main(files), tuple(files)) for files in parts.values()]
    return [*alone, *sets]


def _main(names: Sequence[str]) -> str:
    return next((name for name in names if name.lower().endswith(".shp")), names[0])


def begin(workspace: Path, files: Sequence[tuple[str, bytes]], *, now: datetime) -> list[Draft]:
    """Keep files as drafts, one for each data set; companions join the draft that lacks them.

    Parameters
    ----------
    workspace : Path
        Folder of the register; made if need be.
    files : sequence of (str, bytes)
        Names and contents as they came.
    now : datetime
        Aware moment.

    Returns
    -------
    list of Draft
        In the order of `grouped`; a data set handed over twice is one draft.

    Raises
    ------
    RegisterError
        If the disk is full or the workspace cannot be written; what was kept before stays.
    """
    contents = {file_name(name): content for name, content in files}
    kept = []
    for main, names in grouped(list(contents)):
        part = {name: contents[name] for name in names}
        lacking = _lacking(workspace, main, part)
        if lacking is not None:
            kept.append(_join(workspace, lacking, part, now))
        else:
            kept.append(_keep(workspace, main, part, now))
    return kept


def drafts(workspace: Path) -> tuple[Draft, ...]:
    """Return every draft that can be read, the one touched last first."""
    folder = workspace / FOLDER
    if not folder.is_dir():
        return ()
    found = []
    for place in folder.iterdir():
        if _ID.match(place.name):
            try:
                found.append(read(workspace, place.name))
            except DataError:
                continue
    return tuple(sorted(found, key=lambda draft: (draft.touched_at, draft.draft_id), reverse=True))


def damaged(workspace: Path) -> tuple[str, ...]:
    """Return the numbers of drafts that are there but cannot be read."""
    folder = workspace / FOLDER
    known = {draft.draft_id for draft in drafts(workspace)}
    names = (place.name for place in folder.iterdir()) if folder.is_dir() else ()
    return tuple(sorted(name for name in names if _ID.match(name) and name not in known))


def read(workspace: Path, draft_id: str) -> Draft:
    """Return a draft.

    Raises
    ------
    DraftMissingError, DraftDamagedError
        If it is not there, or cannot be read.
    """
    place = _place(workspace, draft_id)
    try:
        raw = json.loads((place / NOTE).read_text("utf-8"))
        files = tuple(DraftFile(**one) for one in raw.pop("files"))
        draft = Draft(**raw, files=files)
    except FileNotFoundError as error:
        if place.is_dir():
            raise DraftDamagedError(draft_id=draft_id) from error
        raise DraftMissingError(draft_id=draft_id) from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise DraftDamagedError(draft_id=draft_id) from error
    whole = all((place / FILES / file.name).is_file() for file in files)
    if draft.draft_id != draft_id or not whole:
        raise DraftDamagedError(draft_id=draft_id)
    return draft


def path_of(workspace: Path, draft: Draft) -> Path:
    """Return the file of a draft that is opened."""
    return _place(workspace, draft.draft_id) / FILES / draft.main


def choose(workspace: Path, draft: Draft, *, now: datetime, **choices: Any) -> Draft:
    """Keep what was chosen (None forgets it) and return the draft as it is now."""
    merged = {**read(workspace, draft.draft_id).choices, **choices}
    return _changed(
        workspace, draft, now, choices={k: v for k, v in merged.items() if v is not None}
    )


def stand(workspace: Path, draft: Draft, standing: Mapping[str, Any], *, now: datetime) -> Draft:
    """Keep what the last check found; nothing is written where it is known already."""
    if dict(draft.standing) == dict(standing):
        return draft
    return _changed(workspace, draft, now, standing=dict(standing))


def commit(workspace: Path, draft: Draft, part: str, change_no: int, *, now: datetime) -> Draft:
    """Keep that a layer or sheet was taken in by a change; its choices are forgotten."""
    done = {**read(workspace, draft.draft_id).committed, part: change_no}
    return _changed(workspace, draft, now, committed=done, choices={}, standing={})


def discard(workspace: Path, draft_id: str) -> None:
    """Throw a draft away; nothing happens where it is gone already.

    Raises
    ------
    RegisterError
        If the workspace cannot be written.
    """
    place = _place(workspace, draft_id)
    with told(place):
        if not place.is_dir():
            return
        gone = place.with_name(f".gone-{draft_id}")
        shutil.rmtree(gone, ignore_errors=True)
        place.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def _place(workspace: Path, draft_id: str) -> Path:
    if not _ID.match(draft_id):
        raise DraftMissingError(draft_id=draft_id[:40])
    return workspace / FOLDER / draft_id


def _keep(workspace: Path, main: str, part: Mapping[str, bytes], now: datetime) -> Draft:
    files = _described(part)
    digest = hashlib.sha256("".join(f"{f.name}\n{f.sha256}\n" for f in files).encode()).hexdigest()
    draft_id = digest[:12]
    place = _place(workspace, draft_id)
    if place.is_dir():  # the same files were handed over before
        try:
            return _changed(workspace, read(workspace, draft_id), now)
        except (DraftMissingError, DraftDamagedError):
            discard(workspace, draft_id)
    moment = now.isoformat()
    draft = Draft(draft_id, main, files, began_at=moment, touched_at=moment)
    making = place.with_name(f".{draft_id}.part")
    with told(place):
        try:
            shutil.rmtree(making, ignore_errors=True)
            (making / FILES).mkdir(parents=True)
            for name, content in part.items():
                _write(making / FILES / name, content)
            _write(making / NOTE, _text(draft))
            making.rename(place)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return draft


def _lacking(workspace: Path, main: str, part: Mapping[str, bytes]) -> Draft | None:
    """Return the draft of a shapefile that was handed over without some of these companions."""
    if not (is_companion(main) or main.lower().endswith(".shp")):
        return None
    for draft in drafts(workspace):
        there = {file.name.lower() for file in draft.files}
        alike = stem_of(draft.main) == stem_of(main) and not draft.committed
        if alike and not there & {name.lower() for name in part}:
            return draft
    return None


def _join(workspace: Path, draft: Draft, part: Mapping[str, bytes], now: datetime) -> Draft:
    place = _place(workspace, draft.draft_id)
    with told(place):
        for name, content in part.items():
            _write(place / FILES / name, content)
    files = tuple(sorted((*draft.files, *_described(part)), key=lambda file: file.name))
    names = [file.name for file in files]
    return _changed(workspace, draft, now, files=files, main=_main(names), standing={})


def _described(part: Mapping[str, bytes]) -> tuple[DraftFile, ...]:
    return tuple(
        DraftFile(name, len(content), hashlib.sha256(content).hexdigest())
        for name, content in sorted(part.items())
    )


def _changed(workspace: Path, draft: Draft, now: datetime, **changes: Any) -> Draft:
    changed = replace(read(workspace, draft.draft_id), **changes, touched_at=now.isoformat())
    place = _place(workspace, draft.draft_id)
    with told(place):
        _write(place / NOTE, _text(changed))
    return changed


def _text(draft: Draft) -> bytes:
    return json.dumps(asdict(draft), ensure_ascii=False, indent=1, sort_keys=True).encode()


def _write(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there whole."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
