"""A program shut in: no network, nothing to write but one folder, an end to its time. Linux can, by its namespaces."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

FILE_BYTES = 50_000_000
MEMORY_BYTES = 8 * 1024**3

# The sockets of the machine's services are hidden, everything but the folder becomes read-only, and setpriv leaves no
# right to undo that.
_SHUT = """
mount --make-rprivate / && mount --bind "$1" "$1" || exit 97
for place in /run /tmp/.X11-unix; do
  [ ! -d "$place" ] || mount -t tmpfs tmpfs "$place" || exit 97
done
while read -r _ place _; do
  [ "$place" = "$1" ] || mount -o remount,bind,ro "$place" 2>/dev/null
done < /proc/self/mounts
while read -r _ place _; do
  [ "$place" = "$1" ] || [ ! -d "$place" ] || [ ! -w "$place" ] || exit 98
done < /proc/self/mounts
folder=$1; shift
cd "$folder" && exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""


@cache
def can() -> bool:
    """Return whether this machine can shut a program in."""
    if not sys.platform.startswith("linux") or not all(map(shutil.which, ("unshare", "setpriv"))):
        return False
    import tempfile

    with tempfile.TemporaryDirectory(prefix="crmbook-") as folder:
        return run([sys.executable, "-c", "print()"], Path(folder), 30) == 0


def run(command: Sequence[str], folder: Path, seconds: float, shut: bool = True) -> int | None:
    """Run a program in a folder; what it says is thrown away.

    Parameters
    ----------
    command : sequence of str
        The program and its arguments.
    folder : Path
        Where it runs, and the one place where it may write.
    seconds : float
        How long it may take; it and all that it started are ended then.
    shut : bool
        False leaves it the network and the rights of whoever calls: for the trainer's own cells.

    Returns
    -------
    int or None
        Its exit code, None when its time ran out.
    """
    spaces = ["--user", "--map-root-user", "--net", "--ipc", "--mount", "--pid", "--fork", "--kill-child"]
    whole = ["unshare", *spaces, "sh", "-c", _SHUT, "sh", str(folder), *command] if shut else list(command)
    started = subprocess.Popen(
        whole,
        cwd=folder,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_limits if os.name == "posix" else None,
    )
    try:
        return started.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)
        else:
            started.kill()
        started.wait()


def _environment(folder: Path) -> dict[str, str]:
    """What the program needs, and nothing else of the trainer's environment."""
    import crmbook
    from crmbook.data.home import home

    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "SYSTEMROOT") if name in os.environ}
    library = os.pathsep.join(str(Path(each).parent) for each in crmbook.__path__)
    own = {name: str(folder) for name in ("HOME", "TMPDIR", "IPYTHONDIR", "XDG_CACHE_HOME")}
    return kept | own | {"PYTHONPATH": library, "CRMBOOK_HOME": str(home()), "PYTHONDONTWRITEBYTECODE": "1"}


def _limits() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
