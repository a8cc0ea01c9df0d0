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
