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


def test_R1_numbers_of_others_are_of_no_use():
    """hammer's connections and kv's service, while hammer works."""
    r = run("hammer kv --clients 12 --calls 5000 & hog 2 idle ; calls R1 ; wait", add=ADD, icount=True)
    assert r.status == 0, str(r)
    found = re.search(r"^R1: (\d+) connections of others, (\d+) times refused, "
                      r"service 1: ERR_NOT_FOUND$", r.output, re.M)
    assert found and found.group(1) == found.group(2) and int(found.group(1)) >= 10, str(r)
    assert "sent=60000 answered=60000 lost=0 repeated=0 reordered=0" in r.output, str(r)


def test_R3_a_description_is_matched_when_the_connection_is_made():
    """Another order, a default, an optional parameter; and what is refused, and why."""
    r = run("match & match client", add=ADD, icount=True)
    assert r.status == 0, str(r)
    assert r.output == (
        "same: OK\n1 2 three\n"
        "older: OK\n4 77 five\n"
        "optional: OK\n6 7 eight\n"
        "extra: ERR_MISMATCH: match.show: the server does not know parameter 'd'\n"
        "type: ERR_MISMATCH: match.show: parameter 'c' is U64 at the client, TEXT at the server\n"
        "size: ERR_MISMATCH: match.show: parameter 'c' differs in size\n"
        "name: ERR_NOT_FOUND\n"), str(r)


def test_R6_a_pop_up_call_has_a_thread_and_a_stack_and_leaves_nothing():
    """88 of them, eight at a time, and the last thread is freed by the next one's end; calls of
    the queue are run one after the other."""
    r = run("popup & popup client", add=ADD, icount=True)
    assert r.status == 0, str(r)
    assert r.output == ("side: 8 at a time on 8 stacks\n"
                        "threads 2, 2 before; pages 0 and 0 more\n"
                        "queue: 1 at a time on 1 stack\n"), str(r)
