# SPDX-License-Identifier: BSD-2-Clause
"""No figure is worse than its limit in test/bench/limits (R8: what a call costs is measured), and
docs/abi.md tells the truth."""

import importlib.machinery
import importlib.util
import os
import re
import subprocess

import pytest

from insula import TOP


def load_bench():
    loader = importlib.machinery.SourceFileLoader("bench", os.path.join(TOP, "scripts/bench"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench", loader))
    loader.exec_module(module)
    return module


@pytest.mark.parametrize("name, value, limit, said", [
    ("a", 750, 750, None),
    ("a", 751, 750, "a: 751 instrs: the limit is 750"),
    ("a", 714, 750, None),
    ("a", 714, 756, None),
    ("a", 714, 757, "a: 714 instrs: better than its limit, 757: lower the limit to 750"),
    ("a", 22, 24, None),            # 23.1, rounded up
    ("a", 22, 25, "a: 22 instrs: better than its limit, 25: lower the limit to 24"),
    ("pm_bytes", 20000, 32768, None),
    ("b", 1, 1, "b: no limit in test/bench/limits"),
])
def test_a_limit_is_neither_passed_nor_left_behind(name, value, limit, said):
    allowed = {"a": limit, "pm_bytes": limit}
    assert load_bench().wrong(name, value, "instrs", allowed) == said


def test_figures_keep_their_limits():
    p = subprocess.run([os.path.join(TOP, "scripts/bench"), "--check"], cwd=TOP,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert p.returncode == 0, p.stdout
    figures = {l.split()[0]: int(l.split()[1]) for l in p.stdout.splitlines() if len(l.split()) == 3}
    # S28: the same with 10,000 ready threads as with one; timers at most logarithmic in their number.
    assert figures["sched_op_10000"] <= 1.1 * figures["sched_op_1"], figures
    assert figures["timer_arm_fire_10000"] <= 2 * figures["timer_arm_fire"], figures


# Rows of the table of costs in docs/abi.md, in their order, and whose figures they are.
ROWS = ["null_call", "call_same_0w", "call_other_8w", "notify_no_waiter",
        "notify_waiter_and_back", "yield_round", "fault_round_trip", "irq_to_user",
        "map_4k unmap_4k", "thread_create", "thread_destroy"]


def test_the_manuals_costs_are_within_the_limits():
    """They differ from a limit by a tenth at most: better figures belong into the manual."""
    with open(os.path.join(TOP, "docs/abi.md"), encoding="utf-8") as f:
        rows = re.findall(r"^\| .* \| ([\d, ]+) \|$", f.read(), re.M)
    with open(os.path.join(TOP, "test/bench/limits"), encoding="utf-8") as f:
        limits = {l.split()[0]: int(l.split()[1]) for l in f if l.strip() and l[0] != "#"}
    assert len(rows) == len(ROWS)
    for names, row in zip(ROWS, rows):
        for name, told in zip(names.split(), row.split(", ")):
            assert 0.9 * limits[name] <= int(told) <= limits[name], f"{name}: {told}"
