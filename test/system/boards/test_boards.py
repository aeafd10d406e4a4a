# SPDX-License-Identifier: BSD-2-Clause
"""The whole system, from one Image, on every board, exception level, interrupt
controller and processor it is made for; and on little memory: it works, or says
in one line what it lacks."""

import re
import subprocess
import sys

import pytest
from insula import TOP, not_on, run

LOOK = "echo up ; ls /boot/kv-1 ; hammer kv --clients 2 --calls 200"


def works(**given):
    r = run(LOOK, **given)
    assert r.status == 0, str(r)
    assert r.output.startswith("up\n"), str(r)
    assert "lost=0 repeated=0 reordered=0" in r.output, str(r)


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a72"])
@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("el", [1, 2])
def test_virt(el, gic, cpu):
    works(el=el, gic=gic, cpu=cpu)


def test_a_gigabyte():
    works(mem="1G")


@pytest.mark.parametrize("board", ["virt", "raspi3b"])
def test_what_is_not_on_a_board_fits_a_test(board):
    """A line of not-on-BOARD that fits nothing excuses nothing: it is out of date."""
    p = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only",
                        f"--board={board}", "test/system"], cwd=TOP, capture_output=True, text=True,
                       check=False)
    told = re.findall(rf"^not on {board}: (\S+): ", p.stdout, re.M)
    assert set(told) == {f"{folder}::{what}" if what else folder
                         for folder, what, _ in not_on(board)}, p.stdout


def test_the_debug_kernel():
    works(build="build/debug")


def test_the_whole_system_is_up_in_32_MiB():
    works(mem="32M")


@pytest.mark.parametrize("mib", range(16, 41))
def test_little_memory_works_or_is_named(mib):
    r = run("echo up", mem=f"{mib}M", icount=True)
    if r.status != 0:
        said = [line for line in (r.output + r.errors).splitlines() if line.startswith(("boot: ", "init: "))]
        assert len(said) == 1 and re.search(r"memory|pages|frames", said[0]), str(r)
        assert mib < 32, str(r)
