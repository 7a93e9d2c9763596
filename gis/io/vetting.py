"""Files are tried in a process of their own first, so that none can take the program down.

A reader may be led to run for ever, to take all memory or to crash by a file that is made for it.
The trial has limits of time and memory, reaches no network, and writes nothing but temporary files.
"""

from __future__ import annotations

import base64
import glob
import json
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from gis.errors import FileMissingError, GisError
from gis.formats import check_name
from gis.hostile import TooLargeError

TRUSTED = "MUTU_TRUST_FILES"
"""Environment variable that leaves the trial out: for scripts over files of one's own making."""

SECONDS = 30.0
"""Time of the processor for a file of usual size."""

_PATIENCE = 60.0 if os.name == "posix" else 10.0
"""Seconds more by the clock: a busy machine is not the file's fault."""

_BYTES_A_SECOND = 20_000_000
_MEMORY = 1 << 30
_TIMES_INPUT = 5
_HOME = Path(__file__).parents[2]
_OUT_OF_MEMORY = (b"MemoryError", b"memory", b"bad_alloc", b"allocat")


class TooSlowError(GisError):
    """A file that keeps its reader busy for too long."""

    zh = (
        "文件 {file} 读了 {seconds} 秒仍未读完，已停止，没有写入任何内容："
        "请检查文件是否正常，或拆分后再试。"
    )
    en = (
        "File {file} was still being read after {seconds} seconds; stopped, nothing was written: "
        "check the file, or split it."
    )


class ReaderCrashedError(GisError):
    """A file that ends the process that reads it."""

    zh = "文件 {file} 的内部结构有错，读取程序无法处理，没有读取：请从原系统重新导出。"
    en = "The inside of file {file} is broken and its reader cannot go on: export it again."


def vet(
    path: Path | str,
    *,
    layer: str | None = None,
    encoding: str | None = None,
    seconds: float | None = None,
) -> None:
    """Read a file on trial; return if that ends well.

    Parameters
    ----------
    path, layer, encoding
        As `gis.io.read`.
    seconds : float, optional
        Time it may take; `SECONDS` and more for large files otherwise.

    Raises
    ------
    TooSlowError, TooLargeError, ReaderCrashedError
        If it takes too long or too much memory, or ends the process.
    GisError
        What the reader itself says of the file.
    """
    path = Path(path).absolute()
    check_name(path)
    if os.environ.get(TRUSTED):
        return
    size = _size(path)
    limit = SECONDS + size / _BYTES_A_SECOND if seconds is None else seconds
    request = {
        "path": str(path),
        "layer": layer,
        "encoding": encoding,
        "memory": _MEMORY + _TIMES_INPUT * size,
        "seconds": limit,
    }
    done, out, err = _run(json.dumps(request), limit + _PATIENCE)
    if done is None or done == -getattr(signal, "SIGXCPU", 0):
        raise TooSlowError(file=path.name, seconds=round(limit))
    if done == 0 and out:
        refusal = pickle.loads(base64.b64decode(out))  # from our own process
        if isinstance(refusal, GisError):
            raise refusal
        return
    if any(mark in err for mark in _OUT_OF_MEMORY) or done == -getattr(signal, "SIGKILL", 9):
        raise TooLargeError(file=path.name)
    raise ReaderCrashedError(file=path.name)


def _size(path: Path) -> int:
    if not path.exists():
        raise FileMissingError(file=path.name)
    parts = [path]
    if path.is_dir():
        parts = [part for part in path.rglob("*") if part.is_file()]
    elif path.suffix.lower() == ".shp":
        parts = [part for part in path.parent.glob(f"{glob.escape(path.stem)}.*") if part.is_file()]
    return sum(part.stat().st_size for part in parts)


SURROUNDINGS = {
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "OMP_NUM_THREADS": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # the other pool reserves a gigabyte at its start
    "MIMALLOC_ARENA_RESERVE": "0",
}
"""Environment of a trial: no network, and memory taken as it is needed."""


def _run(request: str, limit: float) -> tuple[int | None, bytes, bytes]:
    """Run the trial; the code is None where time ran out."""
    environment = os.environ | SURROUNDINGS | {"PYTHONPATH": str(_HOME)}
    with subprocess.Popen(
        [sys.executable, "-m", "gis.io.trial", request],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=_HOME,
    ) as process:
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return None, b"", b""
    return process.returncode, out, err[-4000:]


def limited(memory: int, seconds: float) -> None:
    """Limit this process to so much memory more than it has, and to so much time.

    Where the system knows no such limits (Windows) there is only the clock of `vet`.
    """
    try:
        import resource
    except ImportError:
        return
    used = _data_bytes()
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    most = used + memory if hard == resource.RLIM_INFINITY else min(used + memory, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    spent = resource.getrusage(resource.RUSAGE_SELF)
    whole = int(seconds + spent.ru_utime + spent.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _data_bytes() -> int:
    """Return how much private memory this process has mapped for writing."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 1 << 29
    found: Any = next((line.split()[1] for line in lines if line.startswith("VmData:")), None)
    return (1 << 29) if found is None else int(found) * 1024
