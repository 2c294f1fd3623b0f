"""Arguments enter, what the installed `enmusubi` command says to them leaves; also a server of it that runs meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("enmusubi"))
JA = "九州で半導体を担当しているイノベーション・プロデューサーは？"
EN = "Which innovation producers work on semiconductors in Kyushu?"
START_SECONDS = 180


@dataclass(frozen=True)
class Said:
    """How a run of the command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def paragraph(self) -> str:
        """The error text, which must be one line without a traceback."""
        assert self.code == 1, (self.code, self.out, self.err)
        assert self.err.startswith("enmusubi: "), self.err
        assert self.err.count("\n") == 1, self.err
        return self.err


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This environment without its settings, with a data folder of its own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ENMUSUBI_")}
    return {**plain, "ENMUSUBI_HOME": str(home), "PYTHONIOENCODING": "utf-8", **(more or {})}


def run(home: Path, *arguments: str, stdin: str = "", more: Mapping[str, str] | None = None) -> Said:
    """Run the command to its end, in an empty working directory."""
    home.mkdir(exist_ok=True)
    done = subprocess.run(
        [COMMAND, *arguments],
        input=stdin.encode(),
        capture_output=True,
        timeout=START_SECONDS,
        cwd=home,
        env=environment(home, more),
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


@contextmanager
def serving(
    home: Path, more: Mapping[str, str] | None = None, command: tuple[str, ...] = (COMMAND, "serve")
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server on a free port: its address and its process, which is ended afterwards."""
    with (
        (home / "serve.err").open("wb") as errors,
        subprocess.Popen(
            command,
            cwd=home,
            env=environment(home, {"ENMUSUBI_PORT": "0", **(more or {})}),
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as server,
    ):
        try:
            assert server.stdout is not None
            line = server.stdout.readline().decode()
            assert line.startswith("Enmusubi: http://"), (line, (home / "serve.err").read_text())
            yield line.split()[1], server
        finally:
            server.terminate()
            server.communicate(timeout=30)
