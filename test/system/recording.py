# SPDX-License-Identifier: BSD-2-Clause
"""Recordings of the kernel's trace that are checked when they are read: S1, S5 and S6 hold from
the first record to the last, whatever ran. And those of the cases of test/programs/order."""

import functools
import os
import re
import sys

from insula import RELEASE, TOP, run

sys.path.insert(0, os.path.join(TOP, "scripts"))

import tracefile  # noqa: E402

IDLE = 0
PROGRAM = os.path.join(TOP, "test/programs/order")
MS = 1e6
NEAR = 0.02 * MS    # interrupts, switches, the end of a loop
CAN_RUN = ("READY", "RUNNING")

# (state of the thread that stops, state of the one that runs in its place) when the second was on
# no queue: it was waiting for what the first one did, and takes over at once.
TAKES_OVER = {
    ("REPLY", "RECEIVE"): "a call to a receiver that waits (C13)",
    ("RECEIVE", "REPLY"): "a reply that then blocks (C13)",
    ("RECEIVE", "RECEIVE"): "a notification that then blocks (C13)",
    ("READY", "RECEIVE"): "a notification, or an interrupt, wakes a thread of higher priority",
}


class States:
    """What state each thread is in, as far as a recording has told."""

    def __init__(self, recording):
        self.recording = recording
        self.state, self.priority = {}, {}
        self.wrong = []

    def says(self, record, what):
        self.wrong.append(f"at {record.ns:.0f} ns: {self.recording.name(record.thread)} "
                          f"{record.event}, {record.state}: {what}")

    def be(self, thread, state, priority):
        self.state[thread], self.priority[thread] = state, priority

    def switch(self, x):
        before = self.state.get(x.other, "READY")
        name = self.recording.name(x.other)
        if self.state.get(x.thread, "RUNNING") in ("READY", "SEND"):
            self.says(x, "it did not run")
        if x.other != IDLE and before != "READY" and (x.state, before) not in TAKES_OVER:
            self.says(x, f"S6: {name}, which runs now, was {before}")
        if (x.state, before) == ("READY", "RECEIVE") and x.other_priority <= x.priority:
            self.says(x, f"S6: {name} was RECEIVE and has no higher priority")
        self.be(x.thread, x.state, x.priority)
        self.be(x.other, "RUNNING", x.other_priority)
        for thread, state in self.state.items():
            if state == "READY" and self.priority[thread] > x.other_priority and thread != IDLE:
                self.says(x, f"S5: {self.recording.name(thread)}, of {self.priority[thread]}, "
                             f"is ready, and {name} of {x.other_priority} runs")

    def level(self, x):
        """S1: the idle thread has 0, nobody else has, and it is never anything but ready."""
        both = [(x.thread, x.priority)]
        both += [(x.other, x.other_priority)] if x.event == "SWITCH" else []
        for thread, priority in both:
            if (thread == IDLE) != (priority == 0):
                self.says(x, f"S1: {self.recording.name(thread)} has {priority}")
        if x.thread == IDLE and (x.event not in ("SWITCH", "INTERRUPT") or
                                 x.state not in CAN_RUN):
            self.says(x, "S1: nothing can happen to the idle thread but that another one runs")

    def take(self, x):
        was = self.state.get(x.thread)
        self.level(x)
        if x.event == "SWITCH":
            self.switch(x)
        elif x.event == "READY":
            if was in CAN_RUN:
                self.says(x, f"S6: it is on a queue twice: it was {was}")
            self.be(x.thread, x.state, x.priority)
        elif x.event in ("BLOCKED", "STOPPED"):
            if x.event == "BLOCKED" and was not in (None, "SEND"):
                self.says(x, f"it was {was}, and is received from")
            self.be(x.thread, x.state, x.priority)
        elif x.event == "END" and was in CAN_RUN:
            self.says(x, f"it waits for nothing: it was {was}")
        elif x.event == "PRIORITY" and x.thread in self.state:
            self.priority[x.thread] = x.priority


def broken(recording):
    """Where S1, S5 or S6 does not hold: sentences."""
    states = States(recording)
    for record in recording.records:
        states.take(record)
    return states.wrong


def read(text):
    """tracefile.read(), and the recording keeps S1, S5 and S6."""
    recording = tracefile.read(text)
    assert not broken(recording), "\n".join(broken(recording)[:10])
    return recording


class Case:
    """A recording of `order CASE` from the director's end on, of the program's own threads, which
    are called 2, 3, ... as in its comments."""

    def __init__(self, text):
        self.r = read(text)
        assert self.r.lost == 0
        director = self.r.named("order/1")
        end = max(n for n, x in enumerate(self.r.records)
                  if x.event == "STOPPED" and x.thread == director)
        self.before, self.records = self.r.records[:end + 1], self.r.records[end + 1:]
        self.start = self.records[0].ns

    def number(self, identity):
        """2 for order/2; 0 for anybody else."""
        name = self.r.name(identity)
        return int(name[6:]) if name.startswith("order/") else 0

    def ms(self, x):
        """When a record was written, from the director's end on."""
        return (x.ns - self.start) / MS

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

    def long_runs(self):
        return [(n, ms) for n, ms in self.runs() if ms > 0.5]

    def events(self, event, thread=None):
        return [x for x in self.records if x.event == event and self.number(x.thread) > 1 and
                (thread is None or self.number(x.thread) == thread)]

    def switches(self, come=None, go=None):
        """Those by which thread `come` begins to run, or thread `go` stops."""
        return [x for x in self.records if x.event == "SWITCH" and
                (come is None or self.number(x.other) == come) and
                (go is None or self.number(x.thread) == go)]

    def priorities(self, thread):
        return [x.priority for x in self.events("PRIORITY", thread)]

    def changes(self, thread):
        """[(ms, priority)] of a thread until its end."""
        end = self.events("STOPPED", thread)[0].ns
        return [(self.ms(x), x.priority) for x in self.events("PRIORITY", thread) if x.ns < end]


@functools.lru_cache(None)
def names():
    """{file of test/programs/order: its cases}."""
    found = {}
    for file in sorted(os.listdir(PROGRAM)):
        with open(os.path.join(PROGRAM, file), encoding="ascii") as f:
            said = re.findall(r'^\t\{ "([\w-]+)", \w+ \},$', f.read(), re.M)
        if said:
            found[file] = said
    return found


@functools.lru_cache(None)
def recorded(file):
    """All cases of a file, run in one machine: (its Result, {name: what was printed})."""
    r = run("\n".join(f"echo case {n}\ntrace order {n}" for n in names()[file]), icount=True,
            append="trace=1024", add=os.path.join(TOP, RELEASE, "test-root"))
    parts = re.split(r"^case (\S+)\n", r.output.replace("\r", ""), flags=re.M)
    return r, dict(zip(parts[1::2], parts[2::2]))


@functools.lru_cache(None)
def case(name):
    r, found = recorded(next(file for file, said in names().items() if name in said))
    said = found.get(name, "")
    # The program says something only when something is wrong.
    assert said.startswith("trace 1 hz "), f"order {name}: {said[:500]}\n{r.errors}"
    return Case(said)


def near(ms, wanted):
    return abs(ms - wanted) * MS < NEAR
