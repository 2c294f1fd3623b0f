"""Nothing enters, the tables of the benchmarks that fit in fifteen minutes leave, each measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys

RUNS = (
    ("benchmarks.load", "--nodes", "4000", "--relations", "8000", "--pairs", "3"),
    ("benchmarks.questions",),
    ("benchmarks.read", "--rows", "10000", "--pairs", "3"),
    ("benchmarks.start",),
    ("benchmarks.tags",),
    ("benchmarks.resolution",),
)


def main() -> int:
    """Run all, also when one fails; the exit code is the worst."""
    return max(subprocess.run([sys.executable, "-m", *run]).returncode for run in RUNS)


if __name__ == "__main__":
    sys.exit(main())
