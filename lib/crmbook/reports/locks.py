"""Locks between runs: who comes second waits, and a folder whose owner has died can be told from one at work.

The operating system gives a lock back when its process ends, however it ends. Where a disk knows no locks, runs go on
without one, and nothing is taken for dead.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

LOCK = "lock"
"""The file that the owner of a folder holds in it."""
_FOREVER_YOUNG = 3600  # seconds that a folder without a lock in it may still be in the making


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock, after waiting for whoever has it; its file goes when it is given back."""
    while True:
        file = path.open("ab")
        while _taken(file) is False:
            time.sleep(0.05)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                break
        file.close()  # it was removed by the one who had it: there is a newer file, or none
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # Windows keeps what is open
            path.unlink()
        file.close()
        with contextlib.suppress(OSError):
            if os.name == "nt":
                path.unlink()


def own_folder(parent: Path, prefix: str) -> tuple[Path, IO[bytes]]:
    """Make a folder, and the lock in it that says while it is open that the folder has an owner."""
    place = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
    file = (place / LOCK).open("ab")
    _taken(file)
    return place, file


def left_behind(parent: Path, prefix: str, fresh: float = _FOREVER_YOUNG) -> Iterator[Path]:
    """Yield the folders that `own_folder` made for a process that has ended.

    Parameters
    ----------
    parent : path
    prefix : str
    fresh : float
        Seconds that a folder in which no lock stands counts as one in the making.
    """
    for place in sorted(parent.glob(f"{prefix}*")):
        with contextlib.suppress(OSError):  # another user's
            if place.is_symlink() or not place.is_dir():
                continue
            if not (place / LOCK).exists():
                if time.time() - place.stat().st_mtime >= fresh:
                    yield place
                continue
            with (place / LOCK).open("ab") as file:
                dead = _taken(file)
            if dead:
                yield place


def _taken(file: IO[bytes]) -> bool | None:
    """Try to take a lock: whether it worked; None where the disk knows no locks."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return None
    return True
