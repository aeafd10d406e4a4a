# SPDX-License-Identifier: BSD-2-Clause
"""The main job: a server is swapped under load, there and back, and nothing is
lost, repeated or reordered; and every way in which an update can fail leaves
the old version serving."""

import os
import re

import pytest
from insula import run

ADD = os.path.abspath("build/test-root")
CLEAN = re.compile(r"sent=(\d+) answered=(\d+) lost=0 repeated=0 reordered=0")


def clean(r, calls):
    found = CLEAN.search(r.output)
    assert found, str(r)
    assert found.group(1) == found.group(2) == str(calls), str(r)


def test_hammer_alone_is_clean():
    r = run("hammer kv --clients 4 --calls 5000")
    assert r.status == 0, str(r)
    clean(r, 4 * 5000)


LOOK = "mem ; mem kv ; caps kv ; services ; connections"


def seen(text):
    """What LOOK printed, without what says only which instance and which command it is."""
    text = re.sub(r"badge 0x.*|thread \d+", "", text)
    # Who looks has a PID from 30 on.
    rows = [x for x in text.splitlines() if not re.match(r" +([3-9]\d|\d{3}) +\d+ +\d+ +\d+ ", x)]
    keep = re.compile(r"(total|free|user|kernel|quota|endpoint|thread|space|estate| +\d+ )")
    return [x for x in rows if keep.match(x)]


def test_U4_U6_there_and_back_three_times_under_load():
    """Frames, capabilities, PIDs, SIDs and CIDs are equal after each there-and-back. The one before
    the first look has connected kv to memory, for a conversion needs some."""
    there_and_back = ["update kv /boot/kv-2 ; update kv /boot/kv-1"]
    look = [f"echo ---- ; {LOOK} ; echo ----"]
    r = run("\n".join(["hammer kv --clients 4 --calls 100000 &"] + (there_and_back + look) * 4 +
                      ["wait"]), icount=True)
    assert r.status == 0, str(r)
    clean(r, 4 * 100000)
    assert r.output.count("COMMITTED") == 8, str(r)
    parts = r.output.split("----\n")
    assert "sent=" in parts[-1], "hammer ended before the last look: " + str(r)
    looks = [seen(part) for part in parts[1::2]]
    assert len(looks) == 4 and len(looks[0]) > 40
    assert sum("kv" in x for x in looks[0]) >= 5, looks[0]
    assert looks[0] == looks[1] == looks[2] == looks[3], str(r)


def test_U2_a_connection_that_does_not_move_is_closed_with_an_event():
    r = run("fixed ; connections", add=ADD, icount=True)
    assert r.status == 0, str(r)
    assert r.output.startswith("fixed: 1 1\nother: 0 70\n"), str(r)
    # Nothing of it is left: kv's own clients are those that it had before.
    assert "fixed" not in r.output.split("other:")[1], str(r)


def test_U6_pages_and_processes_are_what_they_were_without_load():
    there_and_back = "update kv /boot/kv-2 ; update kv /boot/kv-1"
    r = run(f"{there_and_back}\n{LOOK} ; echo ----\n{there_and_back}\n{LOOK}", icount=True)
    first, second = (seen(part) for part in r.output.split("----\n"))
    assert len(first) > 30 and first == second, str(r)


def test_update_tells_each_step_with_its_cost():
    r = run("update kv /boot/kv-2", icount=True)
    assert r.status == 0, str(r)
    for step in ("check", "spawn", "initialise", "quiesce", "convert", "switch", "commit"):
        assert re.search(rf"^{step} +\d+ ns$", r.output, re.M), (step, r.output)
    assert re.search(r"^blackout +\d+ ns$", r.output, re.M)
    assert re.search(r"^COMMITTED kv pid \d+$", r.output, re.M)


@pytest.mark.parametrize("command,status,says", [
    ("update nobody /boot/kv-2", 3, "no such process"),
    ("update kv /boot/missing", 4, "/boot/missing: no such file"),
    ("update kv /boot/garbage", 5, "/boot/garbage: not an executable"),
    ("update shell /boot/kv-2", 6, "not an updatable server"),
    ("update kv /boot/echo", 7, "is not a version of kv"),
    ("update kv /boot/../boot/./echo", 7, "/boot/echo is not a version of kv"),
    ("update kv /boot/console", 7, "is not a version of kv"),
])
def test_U5_a_refused_update_says_why_and_the_old_one_serves(command, status, says, tmp_path):
    (tmp_path / "garbage").write_bytes(b"\x7fELF" + bytes(100))
    r = run(f"{command}\nhammer kv --clients 2 --calls 1000", add=str(tmp_path))
    assert re.match(rf"update: \w+: .*{says}.*\nhammer: ", r.output), str(r)    # one line
    clean(r, 2 * 1000)
    assert run(command, add=str(tmp_path)).status == status


@pytest.mark.parametrize("number,reached,says", [
    (1, "spawn", "the new version crashed"),
    (2, "spawn", "the new version does not get ready"),
    (3, "spawn", "the new version ended by itself"),
    (4, "convert", "the state cannot be converted: field `clients`: U64 (8 bytes) in the old "
                   "version, U8 (1 byte) in the new one"),
    (5, "convert", "the state cannot be converted: field `value` of `entry`: U64 (8 bytes) in the "
                   "old version, I64 (8 bytes) in the new one"),
])
def test_U5_a_bad_version_leaves_the_old_one_serving(number, reached, says):
    """Under load nothing is lost; afterwards every page is where it was (U6)."""
    look = " ; mem ; mem kv ; services"
    r = run(f"update kv /boot/bad-kv-{number}{look} ; hammer kv --clients 2 --calls 20000 & "
            f"update kv /boot/bad-kv-{number} ; wait{look}", add=ADD,
            icount=number != 2)     # a second of waiting takes minutes in deterministic mode
    assert r.status == 0, str(r)
    assert r.output.count(f"ROLLED_BACK\nupdate: kv: {says}\n") == 2, str(r)
    assert len(re.findall(rf"^{reached} +\d+ ns\nROLLED_BACK$", r.output, re.M)) == 2, str(r)
    clean(r, 2 * 20000)
    kept = re.findall(r"^(total.*|free.*|user.*|kernel.*|quota.*| +\d+ +\d+ \w+ .*)$", r.output, re.M)
    assert len(kept) >= 16 and kept[:len(kept) // 2] == kept[len(kept) // 2:], str(r)


def test_a_state_that_has_become_too_short_is_named():
    """The table holds more than the new version has places for."""
    r = run("blackout-1 kv /boot/kv-1 99 1\nupdate kv /boot/bad-kv-6\nhammer kv", add=ADD,
            icount=True)
    assert ("ROLLED_BACK\nupdate: kv: the state cannot be converted: field `value` of `entry`: 2048 "
            "records in the old version, 1 in the new one, and one behind is in use\n") \
        in r.output, str(r)
    clean(r, 1000)


def test_killed_server_comes_back_with_its_state():
    r = run("hammer kv --clients 4 --calls 20000 & kill kv ; kill kv ; wait", icount=True)
    assert r.status == 0, str(r)
    clean(r, 4 * 20000)
