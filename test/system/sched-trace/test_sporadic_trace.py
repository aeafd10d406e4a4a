# SPDX-License-Identifier: BSD-2-Clause
"""The statements about sporadic threads, observed from user programs as in test_sched_trace.py."""

from recording import MS, case, near


def test_S17_S23_a_sporadic_thread_has_its_budget_of_each_period():
    # 2 ms of 10 above 3, then what is left at its low priority, where 3 is before it.
    c = case("S17")
    assert c.order() == [2, 3, 2, 3, 2, 3, 2, 3, 2]
    assert all(near(ms, want) for (_, ms), want in
               zip(c.long_runs(), (2, 8, 2, 8, 2, 8, 2, 2, 2)))
    assert c.priorities(2) == [20, 40, 20, 40, 20, 40, 20, 40]
    # S4: its real priority stays what it is.
    assert {x.value for x in c.events("PRIORITY", 2)} == {40}


def test_S18_S19_what_was_used_comes_back_a_period_after_each_activation():
    # 1 ms from 0 on and 2 ms from 4 ms on: 1 ms at 10 ms, 2 ms at 14 ms.
    c = case("S18")
    assert c.order() == [2, 3, 2, 3, 2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in
               zip(c.long_runs(), (1, 3, 2, 4, 1, 3, 2, 4)))
    back = [c.ms(x) for x in c.events("PRIORITY", 2) if x.priority == 40]
    assert near(back[0], 10) and near(back[1], 14)


def test_S20_a_replenishment_that_is_already_due_is_applied_at_once():
    # 4 keeps 2 from using its 2 ms up before 7 ms; they were due at 4 ms. So 2 goes on, and
    # has no low priority until it has used 2 ms more.
    c = case("S20")
    assert c.order() == [2, 4, 2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in zip(c.long_runs(), (1, 5, 3, 2, 1, 1)))
    assert c.priorities(2) == [20, 40]
    assert near(c.ms(c.events("PRIORITY", 2)[0]), 9)


def test_S21_with_max_repl_pending_a_thread_is_at_its_low_priority():
    # It has used 1 ms of 4, and wakes at 2 ms; the pending one comes at 10 ms.
    c = case("S21")
    assert c.events("READY", 2)[0].priority == 20
    assert c.order() == [2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in zip(c.long_runs(), (1, 9, 2, 3)))
    (low, at_low), (back, at_normal) = c.changes(2)
    assert (at_low, at_normal) == (20, 40) and near(low, 1) and near(back, 10)


def test_S21_of_two_replenishments_the_second_one_is_the_last():
    # It wakes at 2 ms with one pending, at its normal priority, and at 4 ms with two.
    c = case("S21-two")
    assert [x.priority for x in c.events("READY", 2)] == [40, 20]
    assert c.order() == [2, 3, 2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in zip(c.long_runs(), (1, 1, 1, 7, 1, 4)))
    (low, at_low), (back, at_normal) = c.changes(2)
    assert (at_low, at_normal) == (20, 40) and near(low, 3) and near(back, 10)


def test_S22_a_refill_never_exceeds_the_budget():
    # 1 ms is left of 2, more than two periods pass: it has 2 ms, and not 3.
    c = case("S22")
    assert c.order() == [2, 3, 2, 3, 2, 3, 2, 3]
    assert all(near(ms, want) for (_, ms), want in
               zip(c.long_runs(), (1, 10, 2, 2, 2, 2, 1, 4)))
    assert [priority for _, priority in c.changes(2)] == [20, 40, 20, 40]


def test_S22_promotion_goes_to_the_tail_and_is_a_new_activation():
    # At 10 ms, while 4 runs at its level and 5 is ready there: it runs from 13 ms on, and its
    # period has begun at 10 ms.
    c = case("S22-tail")
    assert c.order() == [2, 3, 4, 5, 2, 3, 2]
    assert all(near(ms, want) for (_, ms), want in
               zip(c.long_runs(), (2, 3, 7, 1, 2, 5, 1)))
    assert [priority for _, priority in c.changes(2)] == [20, 40, 20, 40]
    first, second = (ms for ms, priority in c.changes(2) if priority == 40)
    assert near(first, 10) and near(second - first, 10)


def test_S22_a_refill_at_an_unchanged_level_goes_to_the_tail_as_well():
    # 2 has used its 2 ms up at 7 ms, and has them back at once; 4, its peer, comes first.
    c = case("S22-refill")
    assert c.order() == [2, 3, 2, 4, 2]
    assert all(near(ms, want) for (_, ms), want in zip(c.long_runs(), (1, 5, 1, 1, 2)))
    assert not [ms for ms, _ in c.changes(2) if ms < 8]
    (turn,) = [x for x in c.switches(come=4) if near(c.ms(x), 7)]
    assert turn.state == "READY" and turn.priority == turn.other_priority == 40


def test_S17_a_thread_without_budget_goes_to_the_tail_of_its_low_level():
    # 3 is ready there.
    c = case("S22-low")
    assert c.order() == [2, 3, 2]
    assert c.priorities(2)[0] == 20
    assert all(near(ms, want) for (_, ms), want in zip(c.long_runs(), (2, 1, 2)))


def schedule(c):
    return [(n, round(ms, 1)) for n, ms in c.long_runs()], c.changes(2)


def test_S24_refused_parameters_change_nothing():
    # 4 tries them all at 1 ms, within the budget of 2, and at 5 ms, when it is used up.
    with_them, without = case("S24"), case("S24-without")
    tries = [c.switches(come=4)[1:] for c in (with_them, without)]
    assert [len(t) for t in tries] == [2, 2]
    assert all(near(x.ns / MS - c.start / MS, want) for c, t in zip((with_them, without), tries)
               for x, want in zip(t, (1, 5)))
    (runs, changes), (runs_without, changes_without) = schedule(with_them), schedule(without)
    # 2 ms at 40, low until what was used comes back 8 ms after the beginning, and again.
    assert [priority for _, priority in changes] == [20, 40, 20, 40]
    assert all(near(ms, want) for (ms, _), want in zip(changes, (2, 8, 10, 16)))
    assert runs == runs_without
    assert [p for _, p in changes_without] == [p for _, p in changes]
    assert all(near(ms, want) for (ms, _), (want, _) in zip(changes, changes_without))
