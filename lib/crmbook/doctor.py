"""Is this machine ready for a course? What is wrong is said with the command that mends it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from crmbook.data.faults import DataError
from crmbook.data.home import home
from crmbook.locale import text

FREE_BYTES = 1_000_000_000
"""What a class day writes at most: reports, tables and the sample once more."""
_BROWSERS = ("firefox", "google-chrome", "chromium", "chromium-browser", "microsoft-edge", "xdg-open", "open")
_FONTS = {
    "darwin": ("/System/Library/Fonts/PingFang.ttc", "/System/Library/Fonts/STHeiti Light.ttc"),
    "win32": ("C:/Windows/Fonts/msyh.ttc", "C:/Windows/Fonts/simsun.ttc"),
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is in order, what was found, and what mends it."""

    about: str
    is_fine: bool
    found: str
    mend: str = ""

    def __str__(self) -> str:
        line = f"{'✓' if self.is_fine else '✗'} {text(f'doctor.{self.about}')}: {self.found}"
        return line if self.is_fine else f"{line}\n  {self.mend}"


def examine() -> list[Finding]:
    """Look at Python, packages, the workbook, the kernel, fonts, browser, disk and rights, in this order."""
    return [look() for look in (_python, _packages, _workbook, _kernel, _font, _browser, _disk, _rights)]


def _python() -> Finding:
    wanted = re.search(r"(\d+)\.(\d+)", str(metadata.metadata("crmbook")["Requires-Python"] or ">=3.11"))
    least = (int(wanted[1]), int(wanted[2])) if wanted else (3, 11)
    found = ".".join(map(str, sys.version_info[:3]))
    is_fine = sys.version_info[:2] >= least
    return Finding("python", is_fine, found, text("doctor.mend_python", least=".".join(map(str, least))))


def _packages() -> Finding:
    wrong = list(_wrong_packages())
    found = ", ".join(wrong) or text("doctor.all_there")
    return Finding("packages", not wrong, found, text("doctor.mend_packages"))


def _wrong_packages() -> Iterator[str]:
    from packaging.requirements import Requirement

    for line in metadata.requires("crmbook") or []:
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(wanted.name)
        except metadata.PackageNotFoundError:
            yield text("doctor.package_missing", name=wanted.name)
            continue
        if not wanted.specifier.contains(version, prereleases=True):
            yield f"{wanted.name} {version} ({wanted.specifier})"


def _workbook() -> Finding:
    try:
        folder = home()
    except DataError as refused:
        return Finding("workbook", False, str(refused), text("doctor.mend_workbook"))
    count = len(list((folder / "notebooks").glob("*.ipynb")))
    return Finding("workbook", count > 0, text("doctor.notebooks", count=count), text("doctor.mend_workbook"))


def _kernel() -> Finding:
    from jupyter_client.kernelspec import KernelSpecManager

    known = sorted(KernelSpecManager().find_kernel_specs())
    return Finding("kernel", "python3" in known, ", ".join(known) or "–", text("doctor.mend_kernel"))


def _font() -> Finding:
    place = next((name for name in _FONTS.get(sys.platform, ()) if Path(name).is_file()), "")
    if not place and shutil.which("fc-list"):
        listed = subprocess.run(["fc-list", ":lang=zh", "family"], capture_output=True, text=True, timeout=30).stdout
        place = next(iter(sorted(listed.splitlines())), "")
    found = Path(place).name if place else text("doctor.none_found")
    return Finding("font", bool(place), found, text("doctor.mend_font"))


def _browser() -> Finding:
    found = next(filter(None, map(shutil.which, _BROWSERS)), "") or ("start" if sys.platform == "win32" else "")
    return Finding("browser", bool(found), Path(found).name or text("doctor.none_found"), text("doctor.mend_browser"))


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    mend = text("doctor.mend_disk", needed=FREE_BYTES / 1e9)
    return Finding("disk", free >= FREE_BYTES, text("doctor.free", free=free / 1e9), mend)


def _rights() -> Finding:
    try:
        with tempfile.TemporaryDirectory(prefix=".crmbook-", dir=os.getcwd()):
            return Finding("rights", True, text("doctor.may_write"))
    except OSError as fault:
        return Finding("rights", False, fault.strerror or type(fault).__name__, text("doctor.mend_rights"))
