# SPDX-License-Identifier: BSD-2-Clause
"""The statements about calls between threads, observed from user programs as in
test_sched_trace.py."""

import pytest
from recording import MS, NEAR, case, near


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
    assert all(near(ms, want) for (_, ms), want in zip(c.long_runs(), (4, 1, 2)))


def test_C3_at_an_endpoint_of_fixed_priority_nothing_is_inherited():
    # 4, of 35, comes before the server of a caller of 40.
    c = case("C3-fixed")
    assert c.priorities(2) == []
    assert c.order() == [2, 4, 2]
    assert all(near(ms, want) for (_, ms), want in zip(c.long_runs(), (1, 1, 5)))


def test_C5_a_boost_crosses_a_chain_and_ends_with_a_timeout():
    c = case("C5")
    # At 1 ms 4 calls 3 and 3 calls 2, which then has 40.
    at_1 = [x for x in c.records if x.event == "SWITCH" and x.state == "SEND"]
    assert c.number(at_1[0].other) == 2 and at_1[0].other_priority == 40
    # At 2 ms it gives up: the next one's priority is what is left, all along.
    end = c.events("END", 4)[-1]
    assert near(c.ms(end), 2)
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
    assert all(near(c.ms(x), 3) for x in ends)
    assert [c.number(x.thread) for x in c.events("READY") if c.number(x.thread) > 2] == [3, 4, 5]


def test_C8_the_owner_of_a_mutex_runs_at_the_priority_of_its_highest_waiter():
    c = case("C8")
    assert c.priorities(2) == [40, 30]
    # 4, of 35, is ready from 2 ms on, while the owner has 40 and has not unlocked.
    ready = [x for x in c.events("READY", 4)][-1]
    assert near(c.ms(ready), 2)
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



def test_C4_a_server_is_boosted_at_most_to_its_limit():
    # Its caller has 40 and it may have 35; 4 has 37 and 5 has 33. First it waits for the call,
    # then it is at work when the call comes.
    c = case("C4")
    calls = [x for x in c.switches(go=3) if x.state in ("REPLY", "SEND")]
    assert [(x.state, c.number(x.other), x.other_priority) for x in calls] == \
        [("REPLY", 2, 35), ("SEND", 2, 35)]
    assert set(c.priorities(2)) == {30, 35}
    assert c.order() == [2, 4, 2, 2, 4, 2, 5, 2]
    assert all(near(c.ms(x), want) for x, want in zip(c.switches(come=4)[1:], (2, 5)))


def test_C9_a_notifier_never_blocks_and_the_receiver_gets_all_bits_at_once():
    c = case("C9")
    # 3 rings three bells at 0 and at 3 ms, and stops running only to sleep and at its end.
    assert [x.state for x in c.switches(go=3)] == ["NANOSLEEP", "STOPPED"]
    # 2 wakes at 1 ms and finds all bits, and waits once; then the first bell wakes it, once, and
    # it finds the other two together.
    assert [x.state for x in c.switches(go=2)] == ["NANOSLEEP", "RECEIVE", "STOPPED"]
    ready = c.events("READY", 2)
    assert [round(c.ms(x)) for x in ready] == [1, 3] and c.number(ready[1].other) == 3
    # It computes the n-th time for n times the bits' number of 0.1 ms.
    ran = [ms for n, ms in c.long_runs() if n == 2]
    assert len(ran) == 2
    assert near(ran[0], 0.1 * 7) and near(ran[1], 0.1 * (2 * 1 + 3 * (2 + 4)))


TIMED_OUT = 2 ** 64 - 9


def test_C10_every_blocking_call_ends_at_its_deadline():
    # A queued call, a call that was received, a receive, a mutex, a sleep. (That the dead reply
    # right is an error, and that the queued call has left nothing, is what 2 looks at.)
    c = case("C10")
    waits = {c.number(x.thread): x.state for x in c.records if x.event == "SWITCH" and
             x.ns < c.start + MS / 2 and c.number(x.thread) > 2}
    assert waits == {3: "REPLY", 4: "SEND", 5: "RECEIVE", 6: "MUTEX", 7: "NANOSLEEP"}
    ends = [x for x in c.events("END") if c.number(x.thread) > 2]
    assert [c.number(x.thread) for x in ends] == [4, 3, 5, 6, 7]
    assert all(near(c.ms(x), want) for x, want in zip(ends, (1, 2, 3, 4, 5)))
    assert [x.value for x in ends] == [TIMED_OUT] * 4 + [0]
    # Each runs at once, and once.
    for x in ends:
        (turn,) = c.switches(come=c.number(x.thread))[1:]
        assert turn.ns - x.ns < 2000
    # What 3 lent to 2 ends with its wait, which nobody has answered.
    lent = c.events("PRIORITY", 2)[-1]
    assert near(c.ms(lent), 2) and (lent.priority, lent.value) == (45, 45)
    assert not c.events("BLOCKED")


def test_C11_a_reply_right_works_once_and_not_for_the_dead():
    # (2 looks at the errors, and says so if there are none.) The answer at 1 ms makes 3 ready
    # once; 4 is destroyed at 3 ms while it waits for an answer, and nothing wakes it then.
    c = case("C11")
    calls = [(c.number(x.thread), c.number(x.other)) for x in c.switches(come=2)
             if x.state == "REPLY"]
    assert calls == [(3, 2), (4, 2)]
    answered, *more = [x for x in c.events("READY", 3) if c.number(x.other) == 2]
    assert not more and near(c.ms(answered), 1)
    assert [x.state for x in c.switches(go=3)] == ["NANOSLEEP", "REPLY", "STOPPED"]
    assert [x.state for x in c.switches(go=4)] == ["NANOSLEEP", "REPLY"]
    assert [round(c.ms(x)) for x in c.events("READY", 4)] == [2]
    # With its caller's death 2 has its own priority again, and it goes on after the errors.
    (lent,) = [x for x in c.events("PRIORITY", 2) if c.ms(x) > 2.5]
    assert near(c.ms(lent), 3) and lent.priority == 40
    assert [n for n, _ in c.long_runs()] == [5, 2, 5, 5, 2, 5]


def test_C12_a_deadlock_ends_at_its_deadlines():
    c = case("C12")
    # At 1 ms 3 calls 2, which calls 3; at 2 ms 4 calls into that ring.
    blocks = [(c.number(x.thread), x.state) for x in c.records if x.event == "SWITCH" and
              x.state in ("SEND", "REPLY") and c.number(x.thread) > 1]
    assert blocks == [(3, "REPLY"), (2, "SEND"), (4, "SEND")]
    lent = [(c.number(x.thread), x.priority) for x in c.events("PRIORITY")
            if near(c.ms(x), 2)]
    assert lent == [(2, 45), (3, 45)]
    ends = [x for x in c.events("END") if x.value == TIMED_OUT]
    assert [c.number(x.thread) for x in ends] == [4, 3, 2]
    assert all(near(c.ms(x), want) for x, want in zip(ends, (2.5, 3, 4)))
    # 5 computes all the time, and both go on afterwards: 2 at 4 ms, 3 at 5 ms.
    assert c.order(0.4) == [5, 5, 5, 5, 5, 2, 3, 5]
    assert (c.priorities(2)[-1], c.priorities(3)[-1]) == (30, 31)
