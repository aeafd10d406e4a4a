# SPDX-License-Identifier: BSD-2-Clause
"""`make run` as a person at a terminal has it: prompt, line editing, history,
Ctrl-C for the program in front, background commands, Ctrl-A x to leave."""

import os
import re
import subprocess
import sys

import pexpect
import pytest
from insula import TOP, suite

PROMPT = "> "


@pytest.fixture
def machine(tmp_path):
    m = pexpect.spawn(os.path.join(TOP, "scripts/run"), ["--build", os.path.join(TOP, "build"),
                                                         "--board", suite["board"],
                                                         "--machine", str(tmp_path / "machine"),
                                                         "--add", os.path.join(TOP, "build/test-root")],
                      encoding="utf-8", timeout=20, dimensions=(24, 100))
    m.logfile_read = sys.stdout
    m.expect("Insula")
    m.expect_exact(PROMPT)
    yield m
    m.send("\x01x")
    try:
        m.expect(pexpect.EOF, timeout=10)
    finally:
        m.close(force=True)


def line(m, text, answer):
    """Type a line; its output must be the answer's lines (the terminal may add \\r)."""
    m.send(text + "\r")
    m.expect(re.escape(answer).replace("\\\n", "\\r*\\n"))
    m.expect_exact(PROMPT)


def test_a_typed_line_runs(machine):
    line(machine, "echo hello there", "\nhello there\n")


def test_keys_edit_the_line(machine):
    # "ehoX", left over the X, insert nothing, delete it, go back, insert the c
    line(machine, "ehoX\x7f\x1b[D\x1b[Dc\x05 edited", "\nedited\n")


def test_history_brings_a_line_back(machine):
    line(machine, "echo first", "\nfirst\n")
    line(machine, "echo second", "\nsecond\n")
    machine.send("\x1b[A\x1b[A\r")
    machine.expect(r"\nfirst\r*\n")


def test_ctrl_c_ends_the_program_in_front_and_not_the_shell(machine):
    machine.send("spin\r")
    machine.expect_exact("spin")
    with pytest.raises(pexpect.TIMEOUT):
        machine.expect_exact(PROMPT, timeout=1)
    machine.send("\x03")
    machine.expect_exact(PROMPT)
    line(machine, "echo alive", "\nalive\n")


def test_ctrl_c_ends_a_server_in_front_for_good(machine):
    machine.send("kv-1\r")
    machine.expect_exact("kv-1")
    with pytest.raises(pexpect.TIMEOUT):
        machine.expect_exact(PROMPT, timeout=1)
    machine.send("\x03")
    machine.expect_exact(PROMPT)
    # Only the system's own has that name: two would be refused.
    line(machine, "kill kv-1", "\nkv-1: a server, comes back with its state, as the manifest says\n")


def test_a_line_that_is_too_long_is_refused(machine):
    machine.send("echo start ; echo " + "x" * 600 + "\r")
    machine.expect(r"\nshell: the line is too long: 618 bytes of 511\r*\n> ")
    line(machine, "echo alive", "\nalive\n")


def test_ctrl_c_at_the_prompt_drops_the_line(machine):
    machine.send("echo never\x03")
    machine.expect_exact("^C")
    machine.expect_exact(PROMPT)
    line(machine, "echo shown", "\nshown\n")


def test_a_background_command_leaves_the_prompt(machine):
    machine.send("spin &\r")
    machine.expect(r"\[(\d+)\]")
    pid = machine.match.group(1)
    machine.expect_exact(PROMPT)
    line(machine, f"kill {pid} ; wait ; echo gone", "gone\n")


def test_a_background_command_reads_no_input(machine):
    machine.send("cat &\r")
    machine.expect(r"\[(\d+)\]")
    machine.expect(r": status 0")
    line(machine, "echo mine", "\nmine\n")


def test_cat_reads_what_is_typed_until_ctrl_d(machine):
    machine.send("cat\r")
    machine.expect(r"cat\r*\n")
    machine.send("typed line\r")
    machine.expect(r"typed line\r*\ntyped line\r*\n")
    machine.send("\x04")
    machine.expect_exact(PROMPT)


def swap(tmp_path, program):
    return subprocess.run([os.path.join(TOP, "scripts/update-running"), "--machine",
                           str(tmp_path / "machine"), "kv", os.path.join(TOP, "build/root", program)],
                          capture_output=True, text=True, check=False, timeout=60)


def test_the_host_swaps_a_server_while_it_is_hammered(machine, tmp_path):
    machine.send("hammer kv --clients 2 --calls 50000\r")
    machine.expect(r"50000\r*\n")
    for program in ("kv-2", "kv-1"):
        p = swap(tmp_path, program)
        assert p.returncode == 0 and "COMMITTED kv" in p.stdout, str(p)
    machine.expect(r"sent=100000 answered=100000 lost=0 repeated=0 reordered=0")
    machine.expect_exact(PROMPT)


def test_a_wrong_program_from_the_host_is_refused_and_the_server_stays(machine, tmp_path):
    p = swap(tmp_path, "echo")
    file = os.path.join(TOP, "build/root/echo")
    assert p.returncode == 1, str(p)
    assert p.stdout == f"ROLLED_BACK kv: {file} is not a version of kv\n", str(p)
    line(machine, "hammer kv --calls 100", "lost=0 repeated=0 reordered=0\n")


def test_the_host_swaps_after_the_upload_driver_was_killed(machine, tmp_path):
    line(machine, "kill upload ; kill upload", "upload: comes back, as the manifest says\n")
    p = swap(tmp_path, "kv-2")
    assert p.returncode == 0 and "COMMITTED kv" in p.stdout, str(p)


def test_help_lists_a_program_once(machine):
    machine.send("help\r")
    machine.expect(r"programs in /boot:([^\r\n]*)\r*\n")
    programs = machine.match.group(1).split()
    assert "upload" in programs and len(programs) == len(set(programs))


def test_update_without_a_machine_says_so(tmp_path):
    p = subprocess.run([os.path.join(TOP, "scripts/update-running"), "--machine",
                        str(tmp_path / "none"), "kv", os.path.join(TOP, "build/root/kv-1")],
                       capture_output=True, text=True, check=False, timeout=60)
    assert p.returncode == 3 and "no machine runs" in p.stderr
