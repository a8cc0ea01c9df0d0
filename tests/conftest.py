"""What holds for every test: kernels use no ports, and under CI random data are the same in every run."""

from __future__ import annotations

import os

import hypothesis
import nbval.kernel
from local_kernels import LocalKernelManager

if os.name == "posix":
    nbval.kernel.KernelManager = LocalKernelManager

# what one draw in thousands breaks is looked for at a desk (`make test`); it must not stop the change of somebody else
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI") == "true":
    hypothesis.settings.load_profile("ci")


def pytest_generate_tests(metafunc):
    """The tests of `exercise_checks` run for each exercise, and each wrong answer, that a chapter's test file names."""
    if "exercise" in metafunc.fixturenames:
        metafunc.parametrize("exercise", metafunc.module.RIGHT)
    if "wrong_answer" in metafunc.fixturenames:
        metafunc.parametrize("wrong_answer", metafunc.module.WRONG, ids=lambda answer: answer[0])
