"""Archives at the door: what a zip holds, unpacked for the while; names in GBK are understood."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from gis.errors import (
    FileDamagedError,
    FileEmptyError,
    FileEncryptedError,
    GisError,
    LayerChoiceError,
    LayerUnknownError,
)
from gis.formats import VECTOR_DRIVERS, Source, check, check_whole
from gis.hostile import ZIP_FAULTS

_ARCHIVES = (".zip", ".kmz")
_BESIDE = (".shx", ".dbf", ".prj", ".cpg")
_SIGN = ("地块坐标", "属性描述")


@contextmanager
def opened(path: Path, *, layer: str | None = None) -> Iterator[tuple[Source, str | None]]:
    """Check a vector file and give the source to open; zips are unpacked for the while.

    Yields
    ------
    Source
        The file itself, or the one inside the archive.
    str or None
        The layer still to be chosen inside it.
    """
    suffix = check(path, allowed=(*VECTOR_DRIVERS, ".zip"))
    if suffix not in _ARCHIVES:
        source = Source(path, path.name, suffix)
        check_whole(source)
        yield source, layer
        return
    with tempfile.TemporaryDirectory(prefix="mutu-") as folder:
        source, rest = _choose(_unzip(path, Path(folder)), path.name, layer)
        check_whole(source)
        yield source, rest


@contextmanager
def opened_all(path: Path) -> Iterator[list[Source]]:
    """Check a vector file and give every data set in it; zips are unpacked for the while."""
    suffix = check(path, allowed=(*VECTOR_DRIVERS, ".zip"))
    if suffix not in _ARCHIVES:
        source = Source(path, path.name, suffix)
        check_whole(source)
        yield [source]
        return
    with tempfile.TemporaryDirectory(prefix="mutu-") as folder:
        files = _unzip(path, Path(folder))
        sources = [
            Source(file, f"{path.name}/{file.name}", file.suffix, name)
            for name, file in _named(files).items()
        ]
        for source in sources:
            check_whole(source)
        yield sources


def _unzip(path: Path, folder: Path) -> list[Path]:
    """Unpack the members with known suffixes, each folder of the archive into one of its own.

    Names are kept as the user knows them; those written in GBK are decoded.
    """
    found: dict[Path, None] = {}
    homes: dict[str, Path] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for info, inside in _wanted(archive, path.name):
                target = _place(inside, folder, homes)
                if target.exists():
                    raise LayerChoiceError(file=path.name, count=2, layers=target.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as stream, target.open("wb") as copy:
                    shutil.copyfileobj(stream, copy, 1 << 20)
                found[_data_set(target)] = None
    except ZIP_FAULTS as error:
        if isinstance(error, GisError):
            raise
        raise FileDamagedError(file=path.name, reason=str(error)[:80]) from error
    datasets = [file for file in found if file.suffix in VECTOR_DRIVERS and not _prose(file)]
    if not datasets:
        raise FileEmptyError(file=path.name)
    return sorted(datasets, key=lambda file: (file.name, file.parent.name))


def _wanted(archive: zipfile.ZipFile, name: str) -> list[tuple[zipfile.ZipInfo, PurePosixPath]]:
    """List the members that belong to a data set, with their readable paths."""
    members = [info for info in archive.infolist() if not info.is_dir()]
    if any(info.flag_bits & 1 for info in members):
        raise FileEncryptedError(file=name)
    known = {*VECTOR_DRIVERS, *_BESIDE} - {".gdb", ".kmz"}
    listed = []
    for info in members:
        inside = PurePosixPath(_member_name(info).replace("\\", "/"))
        in_database = inside.parent.suffix.lower() == ".gdb"
        if (in_database or inside.suffix.lower() in known) and not inside.name.startswith("._"):
            listed.append((info, inside))
    return listed


def _place(inside: PurePosixPath, folder: Path, homes: dict[str, Path]) -> Path:
    """Return where a member goes: never by its own path, which could lead anywhere."""
    database = inside.parent.suffix.lower() == ".gdb"
    parent = inside.parent.parent if database else inside.parent
    known = "" if parent.name == ".." else parent.name[:60]
    home = homes.setdefault(str(parent), folder / f"{len(homes)}" / (known or "_"))
    if database:
        return home / f"{inside.parent.stem}.gdb" / inside.name
    return home / (inside.stem + inside.suffix.lower())


def _data_set(target: Path) -> Path:
    return target.parent if target.parent.suffix == ".gdb" else target


def _prose(file: Path) -> bool:
    """Say whether a .txt is a note to the reader and no list of boundary points."""
    if file.suffix != ".txt":
        return False
    with file.open("rb") as stream:
        head = stream.read(4096)
    return not any(sign.encode(kind) in head for sign in _SIGN for kind in ("utf-8", "gb18030"))


def _member_name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x800:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _choose(datasets: list[Path], name: str, layer: str | None) -> tuple[Source, str | None]:
    names = _named(datasets)
    if len(datasets) == 1:
        only = datasets[0]
        rest = None if layer == only.stem else layer
        return Source(only, f"{name}/{only.name}", only.suffix), rest
    listed = "、".join(names)
    if layer is None:
        raise LayerChoiceError(file=name, count=len(names), layers=listed)
    chosen = names.get(layer)
    if chosen is None:  # a layer inside one of the data sets: "区块.gdb/地块"
        outer, _, inner = layer.rpartition("/")
        chosen = names.get(outer)
        if chosen is None:
            raise LayerUnknownError(file=name, layer=layer, layers=listed)
        return Source(chosen, f"{name}/{chosen.name}", chosen.suffix), inner
    return Source(chosen, f"{name}/{chosen.name}", chosen.suffix), None


def _named(datasets: list[Path]) -> dict[str, Path]:
    """Name data sets by their stems; those that share one also by their folder or suffix."""
    stems = [file.stem for file in datasets]
    names: dict[str, Path] = {}
    for file in datasets:
        name = file.stem
        if stems.count(name) > 1:
            twins = [other for other in datasets if other.stem == name]
            apart = len({other.parent.name for other in twins}) == len(twins)
            name = f"{file.parent.name}/{name}" if apart else file.name
        names.setdefault(name if name not in names else f"{name} ({len(names) + 1})", file)
    return names
