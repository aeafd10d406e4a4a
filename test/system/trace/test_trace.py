# SPDX-License-Identifier: BSD-2-Clause
"""The trace: what the shell's `trace` records and says, and what the host's scripts make of it."""

import json
import os
import subprocess
import xml.etree.ElementTree

import pytest
import recording
from insula import DEBUG, RELEASE, TOP, ok, run


@pytest.fixture(scope="module")
def echo():
    return ok("trace echo hello", icount=True)


def script(name, *args, text=""):
    return subprocess.run([os.path.join(TOP, "scripts", name), *args], input=text, text=True,
                          capture_output=True, check=False, timeout=60)


def test_a_command_is_recorded_with_the_names_of_its_threads(echo):
    assert echo.startswith("hello\n")
    r = recording.read(echo)
    assert r.lost == 0
    assert r.named("echo") != r.named("trace")
    starts = [x for x in r.records if x.event == "START"]
    assert [r.name(x.thread) for x in starts] == ["echo"]
    ran = r.runs()
    assert "echo" in ran and "memory" in ran and "console" in ran
    # It ends with a call to the manager that is never answered.
    last = [state for thread, state, _ in r.switches() if thread == "echo"][-1]
    assert last == "REPLY"


def test_each_switch_goes_on_from_the_thread_that_ran(echo):
    for out in (echo, ok("trace echo hello", build=DEBUG), ok("trace echo x", board="raspi3b")):
        switches = [x for x in recording.read(out).records if x.event == "SWITCH"]
        assert len(switches) > 20
        for before, after in zip(switches, switches[1:]):
            assert before.other == after.thread
            assert before.ns <= after.ns
            assert before.state != "RUNNING"


def test_two_deterministic_recordings_are_identical(echo):
    assert ok("trace echo hello", icount=True) == echo


def test_a_command_keeps_its_status_and_a_missing_one_is_named():
    assert run("trace false").status == 1
    r = run("trace nothing-there")
    assert r.status == 126 and "trace: nothing-there: " in r.output
    assert run("trace stop").status == 1        # the failed command left none running


def test_start_and_stop_refuse_what_makes_no_sense():
    r = run("trace stop ; trace show ; trace start ; trace start ; trace stop ; trace stop")
    assert r.status == 1
    assert r.output.splitlines() == [
        "trace: stop: no recording is being made: trace start",
        "trace: the trace: nothing is recorded: trace start",
        "trace: start: a recording is being made: trace stop",
        "trace: stop: no recording is being made: trace start"]
    assert run("trace").status == 2
    assert ok("trace --help").startswith("usage: trace start")


def test_show_says_it_in_words_while_it_goes_on_too():
    out = ok("trace start ; echo a ; trace show ; trace stop ; trace show")
    assert " switch    shell (receive-blocked, 20) -> " in out
    assert " ready     memory (ready, 62)" in out
    assert " of instance " in out


def test_what_the_ring_cannot_hold_is_counted():
    out = ok("trace echo hello", icount=True, append="trace=4")
    r = recording.read(out)
    assert len(r.records) == 128 and r.lost > 0
    assert r.first == r.lost    # the first recording of this machine: it began with record 0
    # A machine with a larger ring has other addresses, and so a record more or less.
    whole = recording.read(ok("trace echo hello", icount=True, append="trace=1024"))
    assert whole.lost == 0 and abs(len(whole.records) - r.lost - 128) < 8
    said = script("trace-plot", "-", text=out)
    assert said.returncode == 0
    assert f"{r.lost} earlier records are lost" in said.stderr
    assert f"{r.lost} earlier records are lost" in said.stdout
    assert f"({r.lost + 1} earlier" not in said.stdout


def test_a_size_of_the_ring_that_is_none_is_refused():
    r = run("echo", append="trace=5", timeout=30)
    assert r.status == 122 or r.status == 121
    assert "boot argument trace: not a power of two of KiB, 4 to 16384" in r.errors


def test_nobody_but_the_tracer_holds_the_trace():
    out = ok("caps tracer ; caps shell ; caps kv")
    assert out.count("endpoint firmware: send, badge 0x10") == 1


def test_trace_json_is_what_perfetto_reads(echo):
    p = script("trace-json", "-", text="noise\n" + echo)
    assert p.returncode == 0 and p.stderr == ""
    events = json.loads(p.stdout)["traceEvents"]
    names = {e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert {"echo", "memory", "process"} <= names
    slices = [e for e in events if e["ph"] == "X"]
    assert slices and all(e["dur"] > 0 and "priority" in e["args"] for e in slices)
    # One core: at no time do two threads run.
    running = sorted((e["ts"], e["ts"] + e["dur"]) for e in slices if e["name"] == "running")
    assert all(a[1] <= b[0] + 1e-6 for a, b in zip(running, running[1:]))


def test_trace_plot_draws_a_lane_for_each_thread(echo):
    p = script("trace-plot", "-", "--title", "a < b", text=echo)
    assert p.returncode == 0 and p.stderr == ""
    svg = xml.etree.ElementTree.fromstring(p.stdout)
    texts = {t.text for t in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert {"echo", "trace", "memory", "a < b", "running", "microseconds"} <= texts
    few = script("trace-plot", "-", "--threads", "e*", "--from", "60", "--to", "170", text=echo)
    svg = xml.etree.ElementTree.fromstring(few.stdout)
    texts = {t.text for t in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert "echo" in texts and "memory" not in texts


@pytest.mark.parametrize("name", ["trace-plot", "trace-json"])
def test_scripts_say_what_is_wrong(name, echo):
    assert script(name, "--help").returncode == 0
    assert script(name).returncode == 2
    p = script(name, "/nowhere/at/all")
    assert p.returncode == 1 and p.stderr == f"{name}: /nowhere/at/all: No such file or directory\n"
    p = script(name, "-", text="hello\n")
    assert p.returncode == 1 and p.stderr.startswith(f"{name}: there is no recording")
    cut = "\n".join(echo.splitlines()[:-3])
    p = script(name, "-", text=cut)
    assert p.returncode == 1 and "the recording is cut off after" in p.stderr
    p = script(name, "-", text=echo.replace("\nr ", "\nq ", 1))
    assert p.returncode == 1 and "this is no record: q " in p.stderr


def test_a_plot_of_a_time_without_anything_is_refused(echo):
    p = script("trace-plot", "-", "--from", "5", "--to", "5", text=echo)
    assert p.returncode == 1 and "nothing between 5 and 5 us" in p.stderr
    p = script("trace-plot", "-", "--threads", "nobody", text=echo)
    assert p.returncode == 1 and "no thread of that name" in p.stderr


def test_the_release_build_is_traced_too():
    assert recording.read(ok("trace true", build=RELEASE)).records
