"""A machine without Java: what is left out is said, and where every test has to run, it is a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.parametrize(("ci", "code"), [("true", 1), ("", 0)])
def test_without_java_the_tests_on_neo4j_fail_or_are_said_to_be_left_out(ci: str, code: int) -> None:
    wanted = "test_names_follow_a_changed_name[neo4j]"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ENMUSUBI_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{HERE / 'test_names.py'}::{wanted}"],
        cwd=HERE.parent,
        env={**plain, "PATH": str(Path(sys.executable).parent), "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    assert "Left out: all tests on Neo4j, because java is not installed." in done.stdout
