# SPDX-License-Identifier: BSD-2-Clause
"""Recordings of the kernel's trace, as `trace dump` prints them (docs/trace.md).

read() takes any text that contains one, such as the output of scripts/run, and
gives a Recording: its records, the threads' names, and what state each thread was
in when. The numbers of events and states are read from the ABI's headers.
"""

import dataclasses
import os
import re
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ABI = os.path.join(TOP, "src/core/include/insula/abi")
TIMER = 0xfffffffe
HEAD = re.compile(r"^trace 1 hz (\d+) first (\d+) count (\d+) lost (\d+)\r?$", re.M)
BROKEN, USAGE = 1, 2


class Wrong(Exception):
    """There is no recording, or it is damaged: one sentence."""


def numbers(header, letter):
    """{number: name} of a list of macros like E(0, SWITCH, "switch")."""
    with open(os.path.join(ABI, header), encoding="ascii") as f:
        return {int(n): name for n, name in
                re.findall(letter + r'\((\d+), +(\w+), +"', f.read())}


EVENTS = numbers("trace.h", "E")
STATES = numbers("types.h", "S")


@dataclasses.dataclass
class Record:
    ns: float           # since the first record
    event: str          # SWITCH, READY, ...
    thread: int         # identity; 0 is the idle thread
    other: int
    state: str          # of the thread, afterwards
    priority: int       # effective, likewise
    value: int
    other_priority: int  # of a switch: of the thread that runs now


@dataclasses.dataclass
class Thread:
    identity: int
    pid: int            # 0: nobody knows
    index: int
    name: str


@dataclasses.dataclass
class Span:
    """A thread in one state at one priority."""
    begin: float
    end: float
    state: str
    priority: int


class Recording:
    def __init__(self, first, lost):
        self.first, self.lost = first, lost
        self.records, self.threads = [], {}

    @property
    def length_ns(self):
        return self.records[-1].ns if self.records else 0.0

    def name(self, identity):
        t = self.threads.get(identity)
        return t.name if t else "idle" if identity == 0 else f"thread {identity}"

    def named(self, name):
        """The identity of the thread of that name."""
        found = [t.identity for t in self.threads.values() if t.name == name]
        if len(found) != 1:
            raise Wrong(f"{len(found)} threads are named {name}")
        return found[0]

    def switches(self):
        """(from, state it is in now, to) of each switch, by name."""
        return [(self.name(r.thread), r.state, self.name(r.other))
                for r in self.records if r.event == "SWITCH"]

    def runs(self):
        """The names of the threads that ran, in order."""
        order = []
        for came_from, _, to in self.switches():
            order += [to] if order else [came_from, to]
        return order

    def spans(self):
        """{identity: [Span, ...]}; what a thread did before it is first heard of is not told."""
        now, spans = {}, {}

        def enter(identity, ns, state, priority):
            before = now.get(identity)
            if before and before.state == state and before.priority == priority:
                return
            if before and ns > before.begin:
                spans.setdefault(identity, []).append(
                    Span(before.begin, ns, before.state, before.priority))
            now[identity] = Span(ns, ns, state, priority)

        for r in self.records:
            if r.event == "SWITCH":
                if r.thread not in now:
                    now[r.thread] = Span(0.0, 0.0, "RUNNING", r.priority)
                enter(r.thread, r.ns, r.state, r.priority)
                enter(r.other, r.ns, "RUNNING", r.other_priority)
            elif r.event == "PRIORITY":
                if r.thread in now:     # in hand between two states, it says STOPPED
                    enter(r.thread, r.ns, now[r.thread].state, r.priority)
            elif r.event in ("READY", "BLOCKED", "STOPPED"):
                enter(r.thread, r.ns, r.state, r.priority)
        for identity, last in now.items():
            if self.length_ns > last.begin:
                spans.setdefault(identity, []).append(
                    Span(last.begin, self.length_ns, last.state, last.priority))
        return spans


def record_of(line, hz, start):
    fields = line.split()
    if len(fields) != 6 or fields[0] != "r":
        raise Wrong(f"this is no record: {line[:60]}")
    ticks, thread, other, word, value = (int(f, 16) for f in fields[1:])
    event, state = EVENTS.get(word >> 56), STATES.get(word >> 32 & 0xff)
    if event is None or state is None:
        raise Wrong(f"a record of an event or a state that is not known: {line[:60]}")
    start = ticks if start is None else start
    return start, Record((ticks - start) * 1e9 / hz, event, thread, other, state, word & 0xff,
                         value, value & 0xff if event == "SWITCH" else 0)


def read(text):
    """The last recording in a text."""
    heads = list(HEAD.finditer(text))
    if not heads:
        raise Wrong("there is no recording: no line that begins with `trace 1`")
    hz, first, count, lost = map(int, heads[-1].groups())
    recording, start = Recording(first, lost), None
    for line in text[heads[-1].end():].splitlines()[1:]:
        line = line.rstrip("\r")
        if line == "trace end":
            if len(recording.records) != count:
                raise Wrong(f"the recording has {len(recording.records)} records and says {count}")
            return recording
        if line.startswith("thread "):
            _, identity, pid, index, name = line.split(" ", 4)
            recording.threads[int(identity)] = Thread(int(identity), int(pid), int(index), name)
            continue
        start, r = record_of(line, hz, start)
        recording.records.append(r)
    raise Wrong(f"the recording is cut off after {len(recording.records)} of {count} records")


def read_file(path):
    if path == "-":
        return read(sys.stdin.read())
    with open(path, encoding="utf-8", errors="replace") as f:
        return read(f.read())


def run(program, work):
    """work(), with what can go wrong said in one line and as an exit status."""
    try:
        work()
    except Wrong as wrong:
        print(f"{program}: {wrong}", file=sys.stderr)
        sys.exit(BROKEN)
    except OSError as error:
        print(f"{program}: {error.filename}: {error.strerror}", file=sys.stderr)
        sys.exit(BROKEN)


def write(path, text):
    if path in (None, "-"):
        sys.stdout.write(text)
        return
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def say_lost(program, recording):
    if recording.lost:
        print(f"{program}: {recording.lost} earlier records are lost: the ring was too small "
              "for them (boot argument trace=KIB)", file=sys.stderr)
