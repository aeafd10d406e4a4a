# SPDX-License-Identifier: BSD-2-Clause
"""Recordings of the kernel's trace that are checked when they are read: S5 and S6 hold from the
first record to the last, whatever ran."""

import os
import sys

from insula import TOP

sys.path.insert(0, os.path.join(TOP, "scripts"))

import tracefile  # noqa: E402

IDLE = 0
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

    def take(self, x):
        was = self.state.get(x.thread)
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
    """Where S5 or S6 does not hold: sentences."""
    states = States(recording)
    for record in recording.records:
        states.take(record)
    return states.wrong


def read(text):
    """tracefile.read(), and the recording keeps S5 and S6."""
    recording = tracefile.read(text)
    assert not broken(recording), "\n".join(broken(recording)[:10])
    return recording
