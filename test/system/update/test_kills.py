# SPDX-License-Identifier: BSD-2-Clause
"""U5, commit: kv is killed at 200 seeded instants under load, comes back each
time with its state, and the ledgers of both ends agree to the last call."""

import os

import pytest
from insula import run

ADD = os.path.abspath("build/test-root")


@pytest.mark.parametrize("seed", range(4))
def test_killed_under_load_nothing_is_lost_repeated_or_reordered(seed):
    r = run(f"hammer kv --clients 4 --calls 20000 & killer kv 50 {seed} 2000000 ; wait",
            add=ADD, icount=True)
    assert r.status == 0, str(r)
    killed = r.output.index("killed 50\n")
    assert killed < r.output.index("sent=80000 answered=80000 lost=0 repeated=0 reordered=0"), str(r)


def test_two_runs_are_the_same_to_the_byte():
    line = "hammer kv --clients 4 --calls 2000 & update kv /boot/kv-2 ; ps ; mem ; wait"
    first, second = run(line, icount=True), run(line, icount=True)
    assert first.status == 0 and first.output == second.output, f"{first}\n{second}"
