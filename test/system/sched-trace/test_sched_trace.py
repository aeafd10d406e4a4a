# SPDX-License-Identifier: BSD-2-Clause
"""The statements about scheduling and calls (docs/scheduling.md), observed from user programs:
each case of test/programs/order is run in deterministic mode, and the trace tells in which
order its threads ran, and why. Threads are called 2, 3, ... as in that program's comments."""

import copy
import functools
import os
import re

import pytest
import recording
from insula import RELEASE, TOP, ok

PROGRAMS = os.path.join(TOP, RELEASE, "test-root")
MS = 1e6
NEAR = 0.02 * MS    # interrupts, switches, the end of a loop


class Case:
    """A recording from the director's end on, of the program's own threads."""

    def __init__(self, name):
        self.r = recording.read(ok(f"trace order {name}", icount=True, add=PROGRAMS))
        assert self.r.lost == 0
        director = self.r.named("order/1")
        end = max(n for n, x in enumerate(self.r.records)
                  if x.event == "STOPPED" and x.thread == director)
        self.records = self.r.records[end + 1:]
        self.start = self.records[0].ns

    def number(self, identity):
        """2 for order/2; 0 for anybody else."""
        name = self.r.name(identity)
        return int(name[6:]) if name.startswith("order/") else 0

    def runs(self):
        """[(thread, ms that it ran in one go)], of the program's threads."""
        out, since, runs = [], None, None
        for x in self.records:
            if x.event != "SWITCH":
                continue
            if runs and self.number(runs) > 1:
                out.append((self.number(runs), (x.ns - since) / MS))
            since, runs = x.ns, x.other
        return out

    def order(self, least=0.5):
        """Who ran, leaving out shorter times than so many ms (starts, ends, waking up)."""
        return [n for n, ms in self.runs() if ms > least]

    def events(self, event, thread=None):
        return [x for x in self.records if x.event == event and self.number(x.thread) > 1 and
                (thread is None or self.number(x.thread) == thread)]

    def priorities(self, thread):
        return [x.priority for x in self.events("PRIORITY", thread)]


@functools.lru_cache(None)
def case(name):
    return Case(name)


def names():
    """Of all cases."""
    with open(os.path.join(TOP, "test/programs/order/order.c"), encoding="ascii") as f:
        return re.findall(r'^\t\{ "([\w-]+)", \w+ \},$', f.read(), re.M)


def near(ms, wanted):
    return abs(ms - wanted) * MS < NEAR


def test_S5_the_head_of_the_highest_level_runs():
    assert case("S5").order() == [3, 4, 2]


@pytest.mark.parametrize("name", names())
def test_S5_S6_who_runs_was_ready_first_of_all_and_the_blocked_become_ready_before_they_run(name):
    # Of every thread of the system; recording.py tells what it is that must hold.
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


def long_runs(c):
    return [(n, ms) for n, ms in c.runs() if ms > 0.5]


def test_S17_S23_a_sporadic_thread_has_its_budget_of_each_period():
    # 2 ms of 10 above 3, then what is left at its low priority, where 3 is before it.
    c = case("S17")
    assert c.order() == [2, 3, 2, 3, 2, 3, 2, 3, 2]
    assert all(near(ms, want) for (_, ms), want in
               zip(long_runs(c), (2, 8, 2, 8, 2, 8, 2, 2, 2)))
    assert c.priorities(2) == [20, 40, 20, 40, 20, 40, 20, 40]


def test_S18_S19_what_was_used_comes_back_a_period_after_each_activation():
    # 1 ms from 0 on and 2 ms from 4 ms on: 1 ms at 10 ms, 2 ms at 14 ms.
    c = case("S18")
    assert c.order() == [2, 3, 2, 3, 2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in
               zip(long_runs(c), (1, 3, 2, 4, 1, 3, 2, 4)))
    back = [(x.ns - c.start) / MS for x in c.events("PRIORITY", 2) if x.priority == 40]
    assert near(back[0], 10) and near(back[1], 14)


def test_S20_a_replenishment_that_is_already_due_is_applied_at_once():
    # 4 keeps 2 from using its 2 ms up before 7 ms; they were due at 4 ms. So 2 goes on, and
    # has no low priority until it has used 2 ms more.
    c = case("S20")
    assert c.order() == [2, 4, 2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in zip(long_runs(c), (1, 5, 3, 2, 1, 1)))
    assert c.priorities(2) == [20, 40]
    assert near((c.events("PRIORITY", 2)[0].ns - c.start) / MS, 9)


def changes(c, thread):
    """[(ms, priority)] of a thread until its end."""
    end = c.events("STOPPED", thread)[0].ns
    return [((x.ns - c.start) / MS, x.priority) for x in c.events("PRIORITY", thread)
            if x.ns < end]


def test_S21_with_max_repl_pending_a_thread_is_at_its_low_priority():
    # It has used 1 ms of 4, and wakes at 2 ms; the pending one comes at 10 ms.
    c = case("S21")
    assert c.events("READY", 2)[0].priority == 20
    assert c.order() == [2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in zip(long_runs(c), (1, 9, 2, 3)))
    (low, at_low), (back, at_normal) = changes(c, 2)
    assert (at_low, at_normal) == (20, 40) and near(low, 1) and near(back, 10)


def test_S21_of_two_replenishments_the_second_one_is_the_last():
    # It wakes at 2 ms with one pending, at its normal priority, and at 4 ms with two.
    c = case("S21-two")
    assert [x.priority for x in c.events("READY", 2)] == [40, 20]
    assert c.order() == [2, 3, 2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in zip(long_runs(c), (1, 1, 1, 7, 1, 4)))
    (low, at_low), (back, at_normal) = changes(c, 2)
    assert (at_low, at_normal) == (20, 40) and near(low, 3) and near(back, 10)


def test_S22_a_refill_never_exceeds_the_budget():
    # 1 ms is left of 2, more than two periods pass: it has 2 ms, and not 3.
    c = case("S22")
    assert c.order() == [2, 3, 2, 3, 2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in
               zip(long_runs(c), (1, 10, 2, 2, 2, 2, 1, 4)))
    assert [priority for _, priority in changes(c, 2)] == [20, 40, 20, 40]


def test_S22_promotion_goes_to_the_tail_and_is_a_new_activation():
    # At 10 ms, while 4 runs at its level and 5 is ready there: it runs from 13 ms on, and its
    # period has begun at 10 ms.
    c = case("S22-tail")
    assert c.order() == [2, 3, 4, 5, 2, 3, 2]
    assert all(near(ms, want) for (_, ms), want in
               zip(long_runs(c), (2, 3, 7, 1, 2, 5, 1)))
    assert [priority for _, priority in changes(c, 2)] == [20, 40, 20, 40]
    first, second = (ms for ms, priority in changes(c, 2) if priority == 40)
    assert near(first, 10) and near(second - first, 10)


def test_C1_callers_are_served_by_priority_and_first_come_first_served_within_one():
    # 3 has 31, 4 and 6 have 33, 5 has 32.
    c = case("C1")
    assert [c.number(x.thread) for x in c.events("BLOCKED")] == [4, 6, 5, 3]


def test_C2_a_server_is_boosted_when_a_caller_queues_and_not_when_it_receives():
    c = case("C2")
    calls = next(x for x in c.records if x.event == "SWITCH" and x.state == "SEND")
    assert c.number(calls.thread) == 3 and c.number(calls.other) == 2
    assert calls.other_priority == 40
    received = c.events("BLOCKED", 3)[0]
    assert received.ns - calls.ns > 2.9 * MS
    # 4, of 35, has run until then, and goes on only when the call is answered.
    assert c.order() == [4, 2]
    assert c.priorities(2)[-1] == 30


def test_C3_a_server_inherits_a_priority_and_no_policy():
    # The server is round robin: after 4 ms for its FIFO caller it is the turn of 4, their peer.
    c = case("C3")
    assert c.priorities(2) == [40, 30]
    assert c.order() == [2, 4, 2]
    assert all(near(ms, want) for (_, ms), want in zip(long_runs(c), (4, 1, 2)))


def test_C3_at_an_endpoint_of_fixed_priority_nothing_is_inherited():
    # 4, of 35, comes before the server of a caller of 40.
    c = case("C3-fixed")
    assert c.priorities(2) == []
    assert c.order() == [2, 4, 2]
    assert all(near(ms, want) for (_, ms), want in zip(long_runs(c), (1, 1, 5)))


def test_C5_a_boost_crosses_a_chain_and_ends_with_a_timeout():
    c = case("C5")
    # At 1 ms 4 calls 3 and 3 calls 2, which then has 40.
    at_1 = [x for x in c.records if x.event == "SWITCH" and x.state == "SEND"]
    assert c.number(at_1[0].other) == 2 and at_1[0].other_priority == 40
    # At 2 ms it gives up: the next one's priority is what is left, all along.
    end = c.events("END", 4)[-1]
    assert near((end.ns - c.start) / MS, 2)
    changed = [(c.number(x.thread), x.priority) for x in c.events("PRIORITY")
               if abs(x.ns - end.ns) < NEAR]
    assert changed == [(3, 35), (2, 35)]
    # The reply takes the rest away.
    assert c.priorities(2)[-1] == 30


def test_C6_the_states_of_blocked_threads_are_told_apart():
    # 3 is received from and sleeps; INTERRUPT-blocked is kernel-sched's, as programs cannot be.
    c = case("C6")
    blocks = [(c.number(x.thread), x.state) for x in c.records if x.event == "SWITCH" and
              c.number(x.thread) > 1 and x.ns - c.start < MS]
    assert blocks == [(2, "RECEIVE"), (3, "RECEIVE"), (4, "REPLY"), (3, "NANOSLEEP"),
                      (5, "SEND"), (6, "NANOSLEEP"), (7, "MUTEX")]


@pytest.mark.parametrize("name", ["C7", "C7-dies"])
def test_C7_when_an_endpoint_ends_each_of_its_callers_wakes_once_with_an_error(name):
    # 2 waits when 3 calls: no SEND on the way; 4 and 5 queue. At 3 ms 2 ends the endpoint.
    c = case(name)
    blocks = [(c.number(x.thread), x.state) for x in c.records if x.event == "SWITCH" and
              c.number(x.thread) > 2 and x.state != "STOPPED"]
    assert blocks == [(3, "REPLY"), (4, "SEND"), (5, "SEND")]
    assert not c.events("BLOCKED")
    ends = [x for x in c.events("END") if c.number(x.thread) > 2]
    assert [c.number(x.thread) for x in ends] == [3, 4, 5]
    assert {x.value for x in ends} == {2 ** 64 - 10}        # ERR_INTERRUPTED
    assert all(near((x.ns - c.start) / MS, 3) for x in ends)
    assert [c.number(x.thread) for x in c.events("READY") if c.number(x.thread) > 2] == [3, 4, 5]


def test_C8_the_owner_of_a_mutex_runs_at_the_priority_of_its_highest_waiter():
    c = case("C8")
    assert c.priorities(2) == [40, 30]
    # 4, of 35, is ready from 2 ms on, while the owner has 40 and has not unlocked.
    ready = [x for x in c.events("READY", 4)][-1]
    assert near((ready.ns - c.start) / MS, 2)
    unlock = [x for x in c.events("PRIORITY", 2)][-1]
    assert ready.ns < unlock.ns
    assert c.order() == [2, 2, 3, 4, 2]
    waits = next(x for x in c.records if x.event == "SWITCH" and x.state == "MUTEX")
    assert c.number(waits.thread) == 3 and c.number(waits.other) == 2


def test_C13_a_call_and_a_reply_that_blocks_hand_the_processor_over():
    c = case("C13")
    passes = [(c.number(x.thread), x.state, c.number(x.other)) for x in c.records
              if x.event == "SWITCH" and {c.number(x.thread), c.number(x.other)} & {2, 3}]
    assert passes[:5] == [(1, "STOPPED", 2), (2, "RECEIVE", 3), (3, "REPLY", 2),
                          (2, "RECEIVE", 3), (3, "REPLY", 2)]
    # 4 is ready at that level all the time; a plain reply lets it go first (S7).
    assert c.order(0.0001)[-2:] == [4, 3]
