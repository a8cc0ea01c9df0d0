"""Run every benchmark of this folder, one after the other, each in a process of its own.

Each ``bench_*.py`` prints the machine, its rows side by side with a peer, and the ratio between them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main(names: list[str]) -> int:
    """Run the named benchmarks (``tiering`` for ``bench_tiering.py``), or all; return 1 when one of them failed."""
    here = Path(__file__).parent
    files = [here / f"bench_{name}.py" for name in names] or sorted(here.glob("bench_*.py"))
    failed = []
    for file in files:
        print(f"\n== {file.stem.removeprefix('bench_')}", flush=True)
        if subprocess.run([sys.executable, str(file)], check=False).returncode:
            failed.append(file.name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
