# SPDX-License-Identifier: BSD-2-Clause
"""P3: a fault kills only its process, is told in one line with the likely
cause, and the parent learns of it; the system goes on as if nothing was."""

import os
import re

import pytest
from insula import run

ADD = os.path.abspath("build/test-root")

CAUSES = {
    "null": ("write to 0x0", "null pointer"),
    "unmapped": ("read", "nothing is mapped there"),
    "read-only": ("write", "the page is read-only"),
    "execute": ("jump to", "the page is not executable"),
    "kernel": ("read", "nothing is mapped there"),
    "undefined": ("", "undefined instruction"),
    "call": ("", "no such kernel call"),
    "svc0": ("", "no such kernel call"),
    "stack": ("write", "stack overflow"),
    "thread-stack": ("write", "stack overflow"),
}


@pytest.mark.parametrize("way", CAUSES)
def test_P3_fault_is_told_and_contained(way):
    r = run(f"mem ; crash {way} ; mem ; echo still here", add=ADD)
    assert r.status == 0, str(r)
    access, cause = CAUSES[way]
    lines = [line for line in r.output.splitlines() if line.startswith("crash: ")]
    assert len(lines) == 1, str(r)
    assert re.match(r"crash: crash \(pid \d+\) thread \d+: ", lines[0]), lines[0]
    assert access in lines[0] and cause in lines[0], lines[0]
    assert r.output.endswith("still here\n")
    figures = re.findall(r"^(?:free|user|kernel) +(\d+) pages", r.output, re.M)
    assert figures[:3] == figures[3:], "the dead process left pages behind\n" + r.output


def test_P3_the_parent_learns_why():
    assert run("crash null", add=ADD).status == 139


def test_P3_a_hundred_crashes_leave_nothing():
    r = run("mem ; " + "crash null ; " * 30 + "mem", add=ADD)
    figures = re.findall(r"^(?:free|user|kernel) +(\d+) pages", r.output, re.M)
    assert figures[:3] == figures[3:]
