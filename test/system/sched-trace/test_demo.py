# SPDX-License-Identifier: BSD-2-Clause
"""The demonstrations: what they print is what must happen."""

import re

import recording
import tracefile
from insula import ok, run


def test_ready_queue_three_share_the_highest_level_and_the_others_wait():
    lines = ok("demo ready-queue", icount=True).splitlines()
    rows = [re.match(r"^([A-F]) priority +(\d+) turns (\d+) begins +(\d+) ms ends +(\d+) ms "
                     r"place (\d)$", l) for l in lines]
    assert all(rows) and [r[1] for r in rows] == list("ABCDEF")
    priority, turns, begins, ends, place = ([int(r[n]) for r in rows] for n in range(2, 7))
    assert priority == [10, 10, 10, 8, 8, 5]
    assert place == [1, 2, 3, 4, 5, 6]
    assert turns == [3, 3, 3, 3, 3, 1]          # 4 + 4 + 2 ms; F is alone
    assert max(begins[:3]) < min(ends[:3])      # they take turns
    assert begins[3] >= max(ends[:3]) and begins[5] >= max(ends[3:5])


def test_mouse_follows_while_the_wind_tunnel_computes():
    out = ok("demo mouse", icount=True)
    moves = re.match(r"mouse: 20 moves, 0 late, (\d+) us after the move at most\n"
                     r"wind tunnel: (\d+) % of the processor\n$", out)
    assert moves, out
    assert int(moves[1]) < 100 and 95 <= int(moves[2]) <= 99


RESERVOIR = re.compile(
    r"    0.000 ms  driver  arms the sensor; the water rises\n"
    r" *(\d+\.\d+) ms  driver  first thread: interrupt, the level is reached\n"
    r" *(\d+\.\d+) ms  alarm   rings: the driver's second thread has called it\n"
    r" *(\d+\.\d+) ms  valve   is open: the second thread has called it, too\n"
    r"the report below them: (\d+) % of the processor meanwhile\n$")


def test_the_reservoir_s_alarm_rings_and_its_valve_opens_each_time():
    # Its driver gives back what the manifest lent it, and so there can be another.
    out = ok("demo reservoir ; demo reservoir ; mem ; demo reservoir ; mem")
    told = re.split(r"(?m)^(?=    0\.000 ms)", re.sub(r"(?m)^(?!.* ms |the report).*\n", "", out))[1:]
    assert len(told) == 3 and all(RESERVOIR.match(t) for t in told), out
    free = re.findall(r"^free +(\d+) pages", out, re.M)
    assert len(free) == 2 and free[0] == free[1]


def test_the_alarm_comes_before_lower_work_that_never_blocks():
    """S5, S10, S25, as the trace has them: from the interrupt until the valve is open nothing
    runs but the driver's two threads, the alarm and the valve."""
    out = ok("trace demo reservoir", icount=True)
    told = RESERVOIR.match(out[:out.index("trace 1 hz")])
    assert told, out[:500]
    reached, rings, opens = (float(told[n]) for n in (1, 2, 3))
    assert 999 < reached < 1001 and rings - reached < 0.05 and opens - rings < 0.05
    assert 95 <= int(told[4]) <= 100

    r = recording.read(out)
    assert r.lost == 0
    # In the order in which they are started; the report is the demonstration's own thread.
    started = [x.thread for x in r.records if x.event == "START"]
    _, alarm, valve, report, caller, sensor = started
    assert r.name(report) == "demo/1"
    late = [x for x in r.records if x.ns > 0.9e9]
    interrupt = next(n for n, x in enumerate(late) if x.event == "INTERRUPT" and
                     x.value != tracefile.TIMER)
    assert late[interrupt].thread == report     # which is what it interrupts
    switches = [x for x in late[interrupt:] if x.event == "SWITCH"]
    assert [x.other for x in switches[:6]] == [sensor, caller, alarm, caller, valve, caller]
    assert switches[0].ns - late[interrupt].ns < 2000
    assert switches[5].ns - late[interrupt].ns < 50000


def test_a_second_reservoir_says_why_it_shows_nothing():
    """Whichever of the two came second; the other one is not disturbed."""
    out = run("demo reservoir & demo reservoir & demo reservoir & wait", timeout=60).output
    refused = re.findall(r"^demo: reservoir: pid (\d+) shows it already; there is one sensor$", out, re.M)
    assert len(refused) == 2 and refused[0] == refused[1], out
    assert out.count("is open: the second thread") == 1 and out.count("\n") == 7, out


def test_the_reservoir_s_driver_alone_has_its_device_and_nobody_to_call():
    # What its parent says to it does not count; the second one finds the interrupt taken.
    r = run("reservoir some nonsense & reservoir ; wait", timeout=60)
    assert r.output.count("reservoir: the alarm: no such name\n") == 1, str(r)
    assert re.search(r"^reservoir: (arm,pl031|brcm,bcm2835-system-timer): the object is in use$",
                     r.output, re.M)


def test_a_demonstration_that_there_is_not_is_named():
    r = run("demo nothing")
    assert r.status == 2 and "demo: nothing: there is no such demonstration" in r.output
