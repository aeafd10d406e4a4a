# SPDX-License-Identifier: BSD-2-Clause
"""One Image boots on every board, exception level, interrupt controller and
processor, and in every amount of memory: it works, or says in one line why not."""

import re

import pytest

from insula import BOOT_FAILURE, DEBUG, RELEASE, bare, boot_bare, run, suite


@pytest.mark.parametrize("cpu", ["cortex-a53", "cortex-a72"])
@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("el", [1, 2])
def test_virt(el, gic, cpu):
    bare("boot", el=el, gic=gic, cpu=cpu)


def test_the_board_with_all_its_memory():
    bare("boot", mem="1G", builds=(RELEASE,))


def test_the_debug_kernel():
    bare("boot", builds=(DEBUG,))


def test_several_cores_of_which_one_runs():
    bare("boot", smp=4, gic=3, el=2)


def test_much_memory():
    bare("boot", mem="3G", builds=(RELEASE,))


def facts(result):
    found = re.search(r"^ram (\d+) KiB, free (\d+) KiB, kernel (\d+) KiB", result.output, re.M)
    assert found, str(result)
    return [int(n) for n in found.groups()]


@pytest.mark.parametrize("mib", range(16, 41))
def test_memory_from_16_to_40_mib(mib):
    """Works; and home and the frame table take under 2 % of RAM beside the kernel's image."""
    for build in (RELEASE, DEBUG):
        r = boot_bare("boot", build=build, mem=f"{mib}M")
        assert r.status == 0, str(r)
        ram, free, kernel = facts(r)
        # The first page of a raspi3b is the firmware's.
        assert ram == mib * 1024 - (4 if suite["board"] == "raspi3b" else 0), str(r)
        assert free > ram // 2, str(r)


@pytest.mark.parametrize("mib", [5, 6, 8, 12])
def test_little_memory_works_or_says_so_in_one_line(mib):
    """Below 5 MiB QEMU itself refuses to load the Image."""
    r = boot_bare("boot", mem=f"{mib}M", timeout=10)
    if r.status != 0:
        assert r.status == BOOT_FAILURE, str(r)
        assert re.search(r"^boot: .+$", r.output, re.M), str(r)


@pytest.mark.parametrize("build", [RELEASE, DEBUG])
def test_M6_the_managers_come_up_in_order_and_say_so(build, tmp_path):
    console = tmp_path / "console"
    r = run("true", build=build, console=str(console))
    assert r.status == 0, str(r)
    said = re.findall(r"^((?:process|rpc): .*?)\r?$", console.read_text(errors="replace"), re.M)
    assert len(said) == 3, said
    assert said[0] == "process: init_process: 6 processes are taken over"
    assert re.fullmatch(r"rpc: \d+ connections are taken over", said[1])
    assert said[2] == "process: init_rpc: 3 insulators are asked from now on"


def test_two_deterministic_boots_are_the_same():
    first = boot_bare("boot", icount=True)
    second = boot_bare("boot", icount=True)
    assert first.status == 0, str(first)
    assert first.output == second.output
