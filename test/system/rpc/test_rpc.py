# SPDX-License-Identifier: BSD-2-Clause
"""What calls and connections promise, in the whole system, by the statements' numbers."""

import os
import re

import pytest
from insula import run

ADD = os.path.abspath("build/test-root")


def test_R4_a_call_returns_at_once_and_its_result_comes_later():
    """The server cannot run until its client waits, and 64 calls fill the ring."""
    r = run("calls R4", add=ADD, icount=True)
    assert r.status == 0, str(r)
    assert r.output == "R4: 64 made, full 1, answered 0, none yet 1, later 64\n", str(r)


def test_R5_order_holds_across_ring_wrap_and_an_update():
    """Each call finds the effect of the one before it; some are in the ring when the version changes."""
    r = run("calls R5 ; ps", add=ADD, icount=True)
    found = re.search(r"^R5: 20000 in order, 312 wraps, update 0 at (\d+) with (\d+) in flight$",
                      r.output, re.M)
    assert found, str(r)
    assert 5000 < int(found.group(1)) < 15000 and int(found.group(2)) > 0, str(r)
    assert re.search(r"^ +\d+ kv ", r.output, re.M), str(r)


@pytest.mark.parametrize("how", ["client", "client update"])
def test_R2_a_service_that_is_removed_closes_all_its_connections(how):
    """Also those that an update has moved. A client that waits is woken; there is no service then."""
    r = run(f"leaver &\nleaver {how}", add=ADD, icount=True)
    assert r.status == 0, str(r)
    assert "R2: closed 1 1, a call 1 1 1, another 1\n" in r.output, str(r)


def test_threads_that_wait_beside_one_that_receives_are_woken_and_leave_nothing():
    """The bells of all come to the one with the turn; also with no kernel memory left, and from above."""
    r = run("beside", add=ADD)
    assert r.status == 0, str(r)
    # Two are those with which the main thread has slept, if it has.
    assert re.fullmatch(r"300 answers in time, [02] capabilities more\n"
                        r"1 answer without kernel memory in time\n", r.output), str(r)
