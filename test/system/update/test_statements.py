# SPDX-License-Identifier: BSD-2-Clause
"""What an update promises beside the main job of test_update.py, by the statements' numbers."""

import os
import re

import pytest
from insula import run

ADD = os.path.abspath("build/test-root")
TICK_NS = 1000000


def ok(commands, **given):
    r = run(commands, add=ADD, **given)
    assert r.status == 0, str(r)
    return r


@pytest.mark.parametrize("ns", [2000000, 20000000])
def test_U3_an_old_version_that_does_not_stop_is_stopped_a_tick_after_its_deadline(ns):
    """It hangs in the middle of a call that has changed the state: that call runs again as a whole."""
    r = ok(f"stubborn-1 & stubborn-1 client /boot/stubborn-2 {ns}", icount=True)
    found = re.search(r"^first: OK; COMMITTED; step 6, stopped after (\d+) ns", r.output, re.M)
    assert found, str(r)
    # Behind that only what it takes to stop it.
    assert 0 <= int(found.group(1)) - (ns + TICK_NS) < TICK_NS // 10, str(r)
    assert r.output.endswith("40 calls in order, each once\n"), str(r)


def test_U3_a_state_in_the_middle_of_a_call_is_not_converted():
    """The old version goes on where it was stopped, and the next update succeeds."""
    r = ok("stubborn-1 & stubborn-1 client /boot/stubborn-3 2000000", icount=True)
    assert ("first: ERR_BAD_STATE; the old version did not stop between two calls: "
            "its state cannot be converted; step 3, ") in r.output, str(r)
    assert re.search(r"^third: OK; COMMITTED; step 6, stopped after 3\d{6} ns", r.output,
                     re.M), str(r)
    assert r.output.endswith("40 calls in order, each once\n"), str(r)


def test_U8_a_second_update_meanwhile_is_refused_and_the_first_commits():
    r = ok("versions U8 ; connections", icount=True)
    assert r.output.startswith("second: ERR_UPDATE_RUNNING: an update of kv is under way\n"
                               "first: OK: COMMITTED\n"), str(r)


def test_U8_update_says_so_with_a_status_of_its_own():
    """The old version hangs, so that the first update takes as long as its deadline."""
    two = ("stubborn-1 & stubborn-1 hang & update stubborn /boot/stubborn-2 & "
           "update stubborn /boot/stubborn-1")
    r = run(two, add=ADD, icount=True)
    assert r.status == 8, str(r)
    assert r.output.endswith("update: stubborn: an update of stubborn is under way\n"), str(r)
    assert "ROLLED_BACK" not in r.output, str(r)    # nothing was begun
    r = ok(f"{two} ; hog 200 idle", icount=True)
    assert r.output.count("COMMITTED stubborn") == 1, str(r)


@pytest.mark.parametrize("load", ["", "hammer kv --clients 4 --calls 20000 & "])
def test_U9_a_downgrade_is_an_update(load):
    """kv-2, kv-1, kv-2: values stay, what version 1 lacks has its default, and clients of either
    version stay connected."""
    r = ok(f"{load}versions U9 ; wait", icount=True)
    assert r.output.startswith(
        "kv-1: a client of version 2: ERR_MISMATCH: kv.get: the server does not know result 'hits'\n"
        "kv-2: incremented to 75, read 2 times\n"
        "kv-1: 75; a client of version 2: ERR_MISMATCH ERR_CALL\n"
        "kv-2: incremented to 80, read 1 times\n"), str(r)
    if load:
        assert "sent=80000 answered=80000 lost=0 repeated=0 reordered=0" in r.output, str(r)


def blackout(line):
    """(what `update` says, the longest wait of a client that calls all the time), in ns."""
    r = ok(line, icount=True)
    found = re.search(r"blackout (\d+) ns, longest wait (\d+) ns", r.output)
    assert found, str(r)
    return int(found.group(1)), int(found.group(2))


def same(one, other):
    """To a few steps of the clock, of up to 52 ns."""
    return abs(one - other) <= 200


def test_U7_the_blackout_does_not_grow_with_the_state():
    """kv with no key and with 2,000; a server with 64 KiB of state and one with 4 MiB."""
    empty, full = (blackout(f"blackout-1 kv /boot/kv-1 {keys} 1") for keys in (0, 2000))
    assert same(full[0], empty[0]) and full[1] < empty[1] * 1.05, (empty, full)
    small = blackout("blackout-1 & blackout-1 small /boot/blackout-1 9 1")
    large = blackout("blackout-2 & blackout-1 large /boot/blackout-2 9 1")
    assert same(large[0], small[0]) and large[1] < small[1] * 1.05, (small, large)


def test_U7_the_blackout_grows_little_with_each_connection():
    """What `update` measures does not at all; until a client is answered again, each adds its part."""
    one, many = (blackout(f"blackout-1 kv /boot/kv-1 9 {n}") for n in (1, 48))
    assert same(many[0], one[0]), (one, many)
    assert 0 < (many[1] - one[1]) / 47 < 5000, (one, many)


def test_sixteen_clients_are_served():
    """Server and client have more connections than they have room for without asking for memory."""
    r = ok("hammer kv --clients 16 --calls 500", icount=True)
    assert "sent=8000 answered=8000 lost=0 repeated=0 reordered=0" in r.output, str(r)
