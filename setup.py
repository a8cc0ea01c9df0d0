"""What pyproject.toml cannot say: a wheel carries lessons, notebooks, schemes and sample inside the package."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

WORKBOOK = (
    "lessons/*.py",
    "notebooks/**/*.ipynb",
    "data/schemes/*",
    "data/sample/*.md",
    "data/sample/*/*.*",
    "docs/glossary.csv",
)


class WithWorkbook(build_py):
    """Copies the workbook to ``crmbook/workbook``, where `crmbook.data.home` looks; an editable install has none."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            here, target = Path(__file__).parent, Path(self.build_lib) / "crmbook" / "workbook"
            shutil.rmtree(target, ignore_errors=True)  # what an earlier build left there
            for pattern in WORKBOOK:
                for file in sorted(here.glob(pattern)):
                    place = target / file.relative_to(here)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, place)


setup(cmdclass={"build_py": WithWorkbook})
