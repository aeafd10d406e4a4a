# SPDX-License-Identifier: BSD-2-Clause
"""Two --icount runs print the same bytes: the scheduler's tests, with slices and
timeouts, and the costs of the kernel's calls, to the instruction."""

import pytest

from insula import RELEASE, boot_bare


@pytest.mark.parametrize("name", ["kernel-sched", "kernel-destroy", "kernel"])
def test_two_runs_are_byte_identical(name, tmp_path):
    runs = []
    for number in range(2):
        console = tmp_path / f"console-{number}"
        r = boot_bare(name, build=RELEASE, icount=True, mem="32M", console=str(console))
        assert r.status == 0, str(r)
        runs.append(console.read_bytes())
    assert runs[0] == runs[1]
    assert runs[0]
