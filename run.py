"""Set the program up and start it: the same on Windows, macOS and Linux.

``python run.py`` makes ``.venv``, installs the pinned requirements and the web components, fills an
empty workspace with the sample county and starts the server. Every step is skipped when it is
already done, so that the second start needs no network. Standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import venv
from pathlib import Path

HOME = Path(__file__).resolve().parent
VENV = HOME / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
OLDEST = (3, 11)


def say(zh: str, en: str) -> None:
    """Print one line in both languages: nobody has chosen one yet."""
    print(f"{zh}\n  {en}", flush=True)


def digest(*names: str) -> str:
    """Return a fingerprint of the files that a step depends on."""
    text = b"".join((HOME / name).read_bytes() for name in names)
    return hashlib.sha256(text + sys.version.encode()).hexdigest()


def once(stamp: Path, fingerprint: str) -> bool:
    """Return whether the step behind ``stamp`` still has to be done for this fingerprint."""
    return not (stamp.exists() and stamp.read_text(encoding="utf-8") == fingerprint)


def install_python(*, dev: bool) -> None:
    """Make ``.venv`` and install the pinned requirements into it."""
    files = ("requirements.txt", "requirements-dev.txt") if dev else ("requirements.txt",)
    stamp, fingerprint = VENV / f".{'dev' if dev else 'runtime'}", digest(*files)
    if not once(stamp, fingerprint):
        return
    if not PYTHON.exists():
        say("正在建立 Python 环境 .venv …", "Making the Python environment .venv …")
        if VENV.exists():
            shutil.rmtree(VENV)
        venv.create(VENV, with_pip=True)
    say(
        "正在安装依赖（首次约需几分钟）…", "Installing requirements (some minutes the first time) …"
    )
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for name in files:
        command += ["-r", str(HOME / name)]
    if subprocess.run(command, check=False).returncode:
        say(
            "依赖安装失败：请检查网络或软件源设置后重试。",
            "Installing failed: check the network or the package index, then try again.",
        )
        raise SystemExit(1)
    stamp.write_text(fingerprint, encoding="utf-8")


def cli(*words: str) -> None:
    """Run a verb of the command line and stop where it refuses."""
    done = subprocess.run([str(PYTHON), str(HOME / "cli.py"), *words], check=False, cwd=HOME)
    if done.returncode:
        raise SystemExit(done.returncode)


def install_web() -> None:
    """Install the browser's libraries from the locked list."""
    stamp, fingerprint = HOME / "node_modules" / ".mutu", digest("package-lock.json")
    if once(stamp, fingerprint):
        cli("assets")
        stamp.write_text(fingerprint, encoding="utf-8")


def workspace() -> Path:
    """Return the folder that holds the county."""
    return Path(os.environ.get("MUTU_WORKSPACE") or HOME / "workspace")


def taken(address: str, port: int) -> bool:
    """Return whether another program listens there already."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address.replace("0.0.0.0", "127.0.0.1"), port)) == 0


def serve(address: str, port: int) -> int:
    """Start the server and stay with it until it ends."""
    if taken(address, port):
        say(
            f"端口 {port} 已被占用：亩图可能已经在运行，请直接打开 http://{address}:{port} ；"
            f"或换一个端口：MUTU_PORT={port + 1}",
            f"Port {port} is taken: Mutu may be running at http://{address}:{port} ; "
            f"or choose another: MUTU_PORT={port + 1}",
        )
        return 1
    os.environ["MUTU_WORKSPACE"] = str(workspace())
    say(
        f"亩图已启动，请用浏览器打开：http://{address}:{port}",
        f"Mutu is starting, open in your browser: http://{address}:{port}  (Ctrl+C stops it)",
    )
    command = [str(PYTHON), "-m", "streamlit", "run", str(HOME / "app.py")]
    command += [f"--server.address={address}", f"--server.port={port}", "--server.headless=true"]
    os.chdir(HOME)
    if os.name != "nt":  # become the server, so that ending this process ends it
        os.execv(command[0], command)
    try:
        return subprocess.run(command, check=False).returncode
    except KeyboardInterrupt:
        return 0


def main() -> int:
    """Set up, and serve unless only the set-up was asked for."""
    parser = argparse.ArgumentParser(description="Set Mutu up and start it")
    parser.add_argument("--setup-only", action="store_true", help="install, do not start")
    parser.add_argument("--dev", action="store_true", help="also install what the tests need")
    parser.add_argument("--address", default=os.environ.get("MUTU_ADDRESS", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("MUTU_PORT", "8501")))
    given = parser.parse_args()
    if sys.version_info < OLDEST:
        say("需要 Python 3.11 或更高版本。", "Python 3.11 or newer is needed.")
        return 1
    install_python(dev=given.dev)
    install_web()
    if given.setup_only:
        return 0
    kinds = ("register.gpkg", "register.postgis")
    if not any((workspace() / name).exists() for name in kinds):
        say("正在生成示例县（模拟数据）…", "Making the sample county (synthetic data) …")
        cli("sample", "--workspace", str(workspace()))
    return serve(given.address, given.port)


if __name__ == "__main__":
    sys.exit(main())
