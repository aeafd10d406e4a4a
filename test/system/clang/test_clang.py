# SPDX-License-Identifier: BSD-2-Clause
"""What clang builds does what gcc's does: the kernel's calls and faults, registers
through every path, and the main job under load."""

import fcntl
import os
import subprocess

import pytest
from insula import TOP, bare, ok

CLANG = "build/clang"


@pytest.fixture(scope="module", autouse=True)
def built():
    """A whole run has built it already, and make has nothing to do. One board's suite at a time."""
    with open(os.path.join(TOP, "build/clang.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        p = subprocess.run(["make", "--no-print-directory", "-j2", "CC_KIND=clang", "all", "test-images"],
                           cwd=TOP, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert p.returncode == 0, p.stdout + p.stderr
    assert "warning" not in p.stdout + p.stderr


@pytest.mark.parametrize("name", ["kernel-calls-ipc", "kernel-faults", "kernel-registers"])
def test_bare_programs_find_nothing_else(name):
    bare(name, builds=[CLANG], mem="32M", icount=True, timeout=240)  # raspi3b waits slowly


def test_kv_is_swapped_under_load():
    out = ok("hammer kv --clients 4 --calls 5000 & update kv /boot/kv-2 ; update kv /boot/kv-1 ; wait",
             build=CLANG, icount=True)
    assert out.count("COMMITTED kv") == 2
    assert "sent=20000 answered=20000 lost=0 repeated=0 reordered=0" in out
