# SPDX-License-Identifier: BSD-2-Clause
"""What a switch does to the processor and what it costs, and a scheduler as a program, observed
from user programs as in test_sched_trace.py. In deterministic mode an instruction takes a
nanosecond, and the counter has a tick in sixteen: what is the same to a tick over many rounds is
the same to the instruction."""

import tracefile
from recording import MS, case, near

TICK = 16
ROUNDS = 60


def cost(c, rounds, each):
    """Nanoseconds of the first ROUNDS of these in which nothing else has happened, as an interrupt
    at somebody's old deadline. A round has a record of its own and so many in all."""
    place = {id(x): n for n, x in enumerate(c.records)}
    for first, last in zip(rounds[1:], rounds[1 + ROUNDS:]):
        if place[id(last)] - place[id(first)] == ROUNDS * each:
            return last.ns - first.ns
    raise AssertionError(f"{len(rounds)} rounds, and never {ROUNDS} without something between")


def test_S26_between_threads_of_a_process_the_address_space_is_not_switched():
    # 2 takes turns with 3, and later with a thread of another process, which executes the same:
    # a round has two switches, and each writes the register of the page tables' root then.
    c = case("S26")
    (woken,) = c.events("READY", 2)
    turns = [x for x in c.switches(come=2) if x.state == "READY"]
    inside = [x for x in turns if x.ns < woken.ns and c.number(x.thread) == 3]
    across = [x for x in turns if x.ns > woken.ns and c.number(x.thread) == 0]
    assert abs(cost(c, across, 2) - cost(c, inside, 2) - 2 * ROUNDS) <= TICK


def stops(c, n):
    """How a thread stopped running, each time: by what it did, or by what happened."""
    found = []
    for at, x in enumerate(c.records):
        if x.event != "SWITCH" or c.number(x.thread) != n:
            continue
        before = c.records[at - 1]
        if x.state != "READY":
            found.append(x.state)
        elif x.ns - before.ns < 500 and before.event == "INTERRUPT" and \
                before.value == tracefile.TIMER:
            found.append("timer")
        else:
            found.append("woke another" if before.event == "READY" and before.thread == x.other
                         else "yield")
    return found


def test_S27_all_registers_survive_every_kind_of_switch():
    # Each thread has values of its own in x0 to x30, v0 to v31, NZCV, FPCR, FPSR and TPIDR when
    # it stops, and looks at them when it goes on: the program ends if one has changed. Here is
    # that they did stop, and by what: 2 and 3 compute, yield, call and notify.
    c = case("S27")
    assert stops(c, 2) == ["timer", "yield", "REPLY", "woke another", "STOPPED"]
    assert stops(c, 3) == ["timer", "yield", "SEND", "woke another", "STOPPED"]
    # 4 serves both, and 5 waits for both notifications.
    assert stops(c, 4)[0] == "RECEIVE" and stops(c, 4)[-1] == "STOPPED"
    assert stops(c, 5) == ["RECEIVE", "RECEIVE", "STOPPED"]


def ready(c):
    """How many threads of the program were ready when the director ended; main is one."""
    state = {}
    mine = {x.thread for x in c.before if x.event == "START"}
    for x in c.before:
        if x.event in ("READY", "SWITCH", "STOPPED") and x.thread in mine:
            state[x.thread] = x.state
    return sum(s == "READY" for s in state.values())


def yields(c):
    """The switches from one thread of level 30 to another, from their second turns on. They are
    three or more: who leaves only one is two instructions cheaper."""
    found = [x for x in c.records if x.event == "SWITCH" and x.state == "READY" and
             x.priority == x.other_priority == 30]
    assert len(found) == 1500
    return found[500:]


def test_S28_scheduling_costs_the_same_with_many_ready_threads():
    few, many = case("S28-few"), case("S28-many")
    assert ready(few) == 2 + 3 + 1 and ready(many) == 2 + 1500 + 1
    costs = []
    for c in few, many:
        # 3 wakes 2, which has a higher level, and is back when that waits again.
        wakes = [x for x in c.switches(come=2) if c.number(x.thread) == 3]
        assert {x.state for x in wakes} == {"READY"}
        assert {x.state for x in c.switches(go=2)} == {"RECEIVE", "STOPPED"}
        costs.append((cost(c, wakes, 2), cost(c, yields(c), 1)))
    assert all(abs(a - b) <= TICK for a, b in zip(*costs)), costs
    # And to become ready behind none, dozens or hundreds; the first one also marks its level.
    wakes = [b.ns - a.ns for a, b in zip(many.before, many.before[1:])
             if (a.event, b.event) == ("START", "READY")]
    assert len(wakes) > 1500 and max(wakes) - min(wakes) <= 2 * TICK
    # That is some hundred instructions each, or nothing was measured.
    assert costs[0][0] > 200 * ROUNDS and costs[0][1] > 100 * ROUNDS


def test_S29_a_thread_hands_its_processor_to_a_thread_of_its_choice():
    # 2 chooses 4, 3, 5, 5, 3, 4 for a millisecond each. They have 5, and 6 has 30 and is ready.
    c = case("S29")
    chosen = [4, 3, 5, 5, 3, 4]
    lends = [x for x in c.switches(go=2) if x.state == "MUTEX"]
    assert [c.number(x.other) for x in lends] == chosen
    assert {x.other_priority for x in lends} == {40}
    over = c.switches(go=2)[-1]
    ran = [x for x in c.records if x.event == "SWITCH" and x.ns < over.ns and
           c.number(x.other) in (3, 4, 5, 6)]
    assert ran == lends     # nobody ran but by its choice
    assert all(near((back.ns - x.ns) / MS, 1) for x, back in zip(lends, c.switches(come=2)[1:]))
    # Without it the levels count again.
    assert c.number(over.other) == 6 and c.order()[len(chosen):] == [6, 4, 3, 5]
