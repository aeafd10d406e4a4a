# SPDX-License-Identifier: BSD-2-Clause
"""No figure is worse than its limit in test/bench/limits."""

import os
import subprocess

from insula import TOP


def test_figures_keep_their_limits():
    p = subprocess.run([os.path.join(TOP, "scripts/bench"), "--check"], cwd=TOP,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert p.returncode == 0, p.stdout
