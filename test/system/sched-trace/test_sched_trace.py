# SPDX-License-Identifier: BSD-2-Clause
"""The statements about priorities, levels and policies (docs/scheduling.md), observed from user
programs: each case of test/programs/order is run in deterministic mode, and the trace tells in
which order its threads ran, and why. Threads are called 2, 3, ... as in that program's comments."""

import copy

import pytest
import recording
from recording import MS, case, names, near


def test_S1_idle_runs_exactly_when_nobody_else_is_ready():
    # 2 sleeps for 0.2 ms and computes for as long, three times, at priority 1.
    c = case("S1")
    idle = recording.IDLE
    begins = [x for x in c.records if x.event == "SWITCH" and x.other == idle]
    ends = [x for x in c.records if x.event == "SWITCH" and x.thread == idle]
    assert len(begins) == len(ends) == 3
    for n, (begin, end) in enumerate(zip(begins, ends)):
        assert c.number(begin.thread) == 2 and begin.state == "NANOSLEEP"
        assert near(c.ms(end), 0.4 * n + 0.2) and c.ms(begin) < 0.4 * n + 0.02
        between = c.records[c.records.index(begin) + 1:c.records.index(end)]
        # The timer, and who wakes because of it: then it is over.
        assert [x.event for x in between if x.event != "INTERRUPT"] == ["END", "READY"]
        assert c.number(between[-1].thread) == c.number(end.other) == 2
        assert end.ns - between[-1].ns < 1000
    assert {x.priority for x in c.events("READY", 2)} == {1}
    assert not c.events("PRIORITY", 2)      # it has asked for 0 and 256


def doctored(c, n, **what):
    """A recording in which one record says something else."""
    new = copy.copy(c.r)
    record = copy.copy(c.r.records[n])
    for field, value in what.items():
        setattr(record, field, value)
    new.records = c.r.records[:n] + [record] + c.r.records[n + 1:]
    return recording.broken(new)


def test_S1_a_recording_in_which_levels_or_the_idle_thread_are_wrong_is_found_out():
    c = case("S1")
    at = next(n for n, x in enumerate(c.r.records) if x.event == "SWITCH" and x.other == 0)
    woken = c.r.records.index(c.events("READY", 2)[0])
    name = c.r.name(c.r.records[at].thread)
    assert any("S1: idle has 1" in w for w in doctored(c, at, other_priority=1))
    assert any(f"S1: {name} has 0" in w for w in doctored(c, at, priority=0))
    assert any("S1: nothing can happen to the idle" in w
               for w in doctored(c, woken, thread=0, priority=0))
    # Somebody is ready when idle begins to run.
    early, also = copy.copy(c.r), copy.copy(c.r.records[woken])
    also.thread, also.priority = c.r.named("order"), 20
    early.records = c.r.records[:at] + [also] + c.r.records[at:]
    assert any("S5: order, of 20, is ready, and idle of 0 runs" in w
               for w in recording.broken(early))


def test_S2_a_thread_without_the_privilege_has_63_at_most():
    # 2 asks for 64 and 255 by every way, is refused, and gets 63, above 3, which wants to run
    # as well; 4 has a lower limit, and the priority that it allows.
    c = case("S2")
    assert c.priorities(2) == [63]
    assert c.order() == [3, 2, 4]
    assert {x.priority for x in c.switches(go=2)} == {30, 63}
    own = [p for x in c.records for p in (x.priority, x.other_priority)]
    assert max(own) == 63
    assert {x.priority for x in c.events("READY", 4)} == {10}


def children(c, first):
    """The START records of a case's threads from that number on."""
    return [x for x in c.events("START") if c.number(x.thread) >= first]


@pytest.mark.parametrize("name, wanted", [
    ("S3-fifo", [(4, 6), (5, 6)]), ("S3-rr", [(4, 4), (5, 4), (4, 2), (5, 2)])])
def test_S3_a_child_inherits_its_parent_s_real_priority_and_policy(name, wanted):
    # 2, of 30, makes them while it has 40, which a caller lends it.
    c = case(name)
    started = children(c, 4)
    assert [(c.number(x.thread), x.priority) for x in started] == [(4, 30), (5, 30)]
    boost = [x for x in c.events("PRIORITY", 2) if x.ns < started[0].ns]
    assert [(x.priority, x.value) for x in boost] == [(40, 30)]
    assert {x.other_priority for n in (4, 5) for x in c.switches(come=n)} == {30}
    ran = [(n, ms) for n, ms in c.long_runs() if n > 3]
    assert [n for n, _ in ran] == [n for n, _ in wanted]
    assert all(near(ms, want) for (_, ms), (_, want) in zip(ran, wanted))


def test_S3_a_sporadic_thread_s_child_has_a_budget_of_its_own():
    # 4 ms of 20 at 30, then 21; its parent has used 2 ms of its own by then.
    c = case("S3-sporadic")
    (start,) = children(c, 4)
    (begin,) = c.switches(come=4)
    assert start.priority == begin.other_priority == 30
    low = c.events("PRIORITY", 4)[0]
    assert (low.priority, low.value) == (21, 30)
    assert near((low.ns - begin.ns) / MS, 4)


def test_S4_setting_changes_the_real_priority_and_the_effective_one_is_what_counts():
    c = case("S4")
    told = [(round(c.ms(x)), x.priority, x.value) for x in c.events("PRIORITY", 2)]
    # Lent 40 at 1 ms; set to 35 at 2 ms, which nobody sees before more is lent at 3 ms; 44 at
    # 4 ms, which is above that; 20 at 5 ms, and 42 is what is lent.
    assert told[:4] == [(1, 40, 30), (3, 42, 35), (4, 44, 44), (5, 42, 20)]
    # It answers both at 6 ms: when the boost is over there is what was set last.
    assert {real for _, _, real in told[4:]} == {20} and told[-1] == (6, 20, 20)
    # 6, of 38, was ready from 2 ms on: real priorities of 35 and 20 did not count.
    assert near(c.ms(c.events("READY", 6)[0]), 2)
    assert [n for n in c.order() if n != 2] == [6] and c.order()[-2:] == [6, 2]
    (turn,) = c.switches(come=6)[1:]
    assert turn.ns > c.events("PRIORITY", 2)[-1].ns


def test_S5_the_head_of_the_highest_level_runs():
    assert case("S5").order() == [3, 4, 2]


ALL = [n for file in names().values() for n in file]


@pytest.mark.parametrize("name", ALL)
def test_S1_S5_S6_hold_of_every_thread_from_the_first_record_to_the_last(name):
    # What must hold is in recording.py, and is told again here, for each recording.
    r = case(name).r
    assert len(r.records) > 200
    assert not recording.broken(r)


def without(r, n):
    """A recording from which one record is missing."""
    cut = copy.copy(r)
    cut.records = r.records[:n] + r.records[n + 1:]
    return recording.broken(cut)


def test_S6_a_recording_in_which_a_thread_does_not_become_ready_is_found_out():
    c = case("S7")
    woken = [n for n, x in enumerate(c.r.records)
             if x.event == "READY" and c.number(x.thread) in (2, 3) and x.ns > c.start]
    assert len(woken) == 2
    for n in woken:
        name = c.r.name(c.r.records[n].thread)
        assert any(f"S6: {name}, which runs now, was NANOSLEEP" in w for w in without(c.r, n))
    twice = copy.copy(c.r)
    twice.records = c.r.records[:woken[0]] + c.r.records[woken[0]:woken[0] + 1] + \
        c.r.records[woken[0]:]
    assert any("S6: it is on a queue twice: it was READY" in w for w in recording.broken(twice))


def test_S5_a_recording_in_which_a_ready_thread_is_passed_over_is_found_out():
    # As if 2, of 30, ran when 3 has ended, and not 4, of 31.
    c = case("S5")
    turn = next(n for n, x in enumerate(c.r.records) if x.event == "SWITCH" and
               c.number(x.thread) == 3 and c.number(x.other) == 4)
    cut = copy.copy(c.r)
    switch = copy.copy(c.r.records[turn])
    switch.other, switch.other_priority = c.r.named("order/2"), 30
    cut.records = c.r.records[:turn] + [switch]
    assert [w for w in recording.broken(cut) if "S5: order/4, of 31, is ready" in w]


def test_S7_a_thread_that_becomes_ready_goes_to_the_tail():
    # 3 sleeps until 1 ms and 2 until 2 ms, while 4, their peer, runs for 3 ms.
    c = case("S7")
    assert [c.number(x.thread) for x in c.events("READY")] == [3, 2]
    assert c.order() == [4, 3, 2]


def test_S8_a_preempted_thread_keeps_its_place_at_the_head():
    # 2 and 3 are peers; 4 preempts 2 after 1 ms, and then it is 2 again.
    assert case("S8").order() == [2, 4, 2, 3]


def test_S9_yield_goes_to_the_tail_of_its_level_and_never_downwards():
    # 4, alone above the others, yields after 1 ms and goes on; 2 and 3 take turns.
    c = case("S9")
    assert c.order() == [4, 2, 3, 2, 3]
    assert near(c.runs()[0][1], 2)


def test_S10_a_decision_is_made_when_a_state_changes():
    # The deadline of 4 passes at 1 ms, and it runs at once.
    c = case("S8")
    end = c.events("END", 4)[0]
    after = c.records[c.records.index(end):]
    switch = next(x for x in after if x.event == "SWITCH")
    assert c.number(switch.other) == 4 and switch.ns - end.ns < 2000


def test_S11_fifo_is_never_sliced():
    c = case("S11")
    assert c.order() == [2, 3]
    assert near(c.runs()[0][1], 10)


def test_S12_round_robin_goes_to_the_tail_after_four_ticks():
    c = case("S12")
    assert c.order() == [2, 3, 2, 3, 2, 3]
    assert all(near(ms, 4) for _, ms in c.runs()[:4])
    assert all(near(ms, 2) for _, ms in c.runs()[4:6])


def test_S13_a_fifo_peer_of_a_round_robin_thread_is_not_sliced():
    c = case("S13")
    assert c.order() == [2, 3, 2]
    assert near(c.runs()[0][1], 4) and near(c.runs()[1][1], 10)


def test_S14_a_preempted_round_robin_thread_goes_on_with_the_rest_of_its_slice():
    # 1 ms, then 4 for 1 ms, then the other 3 ms of the slice, then its peer.
    c = case("S14")
    assert c.order() == [2, 4, 2, 3, 2]
    ran = [ms for n, ms in c.runs() if n == 2]
    assert near(ran[0], 1) and near(ran[1], 3)


def test_S15_other_is_round_robin_and_a_thread_changes_its_policy():
    # 2 takes turns until it makes itself FIFO, 6 ms later: then nothing slices it.
    c = case("S15")
    assert c.order() == [2, 3, 2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in zip(c.runs(), (4, 4, 2, 4, 6, 4)))


def test_S16_a_raised_thread_goes_to_the_tail_of_its_new_level():
    c = case("S16-raise")
    assert c.priorities(2) == [33]
    assert c.order() == [4, 3, 2]


def test_S16_a_lowered_thread_goes_to_the_head_of_its_new_level():
    c = case("S16-lower")
    assert c.priorities(2) == [30]
    assert c.order() == [4, 2, 3]
