# SPDX-License-Identifier: BSD-2-Clause
"""The shell as a person or a script uses it: programs, sequences, background
commands, statuses, and what is said of mistakes."""

import os
import re

from insula import ok, run

PROGRAMS = ["ps", "services", "connections", "insulators", "mem", "caps", "ls", "cat", "echo",
            "kill", "update", "uptime"]


def test_output_is_only_the_commands_own():
    assert ok("echo a  'b  c'") == "a b  c\n"


def test_sequence_gives_the_last_status():
    r = run("true ; false")
    assert (r.status, r.output) == (1, "")
    r = run("false ; true")
    assert (r.status, r.output) == (0, "")


def test_status_of_a_program_is_the_shells():
    for status in (0, 1, 42, 255):
        assert run(f"exit {status}", add="build/test-root").status == status


def test_background_commands_run_beside_and_wait_gives_the_worst():
    r = run("exit 3 & exit 7 & exit 1 & echo first ; wait", add="build/test-root")
    assert r.output == "first\n"
    assert r.status == 7


def test_wait_without_children_is_no_error():
    assert run("wait").status == 0


def test_unknown_command_is_named():
    r = run("frobnicate 1 2")
    assert r.status == 127
    assert r.output == "frobnicate: no such command; try help\n"


def test_unknown_file_is_named():
    r = run("/boot/nothing-here")
    assert r.status == 127
    assert "/boot/nothing-here: no such file" in r.output


def test_wrong_line_is_explained_and_the_shell_goes_on():
    r = run("echo 'a\necho still here")
    assert r.output == "shell: a ' is not closed\nstill here\n"
    assert r.status == 0


def test_wrong_arguments_give_usage_and_status_2():
    for name in ("kill", "update kv", "caps", "uptime now", "poweroff 256", "wait 1", "spawn"):
        r = run(name)
        assert r.status == 2, str(r)
        assert r.output.startswith("usage: " + name.split()[0]), str(r)


def test_every_command_of_help_exists():
    text = ok("help")
    for name in PROGRAMS:
        assert re.search(rf"^{name}\b", text, re.M), name
    for name in ("spawn", "wait", "poweroff"):
        assert re.search(rf"^{name}\b", text, re.M), name
    listed = ok("ls /boot")
    for name in PROGRAMS:
        assert re.search(rf" {name}$", listed, re.M), name


def test_help_option_of_every_program():
    for name in ("ps", "kill", "update", "caps", "mem", "ls", "cat", "hammer"):
        r = run(f"{name} --help")
        assert r.status == 0 and r.output.startswith("usage: " + name), str(r)


def test_ps_shows_the_first_processes():
    text = ok("ps")
    for name in ("process", "memory", "rpc", "path", "piddb", "console", "archive", "shell", "ps"):
        assert re.search(rf"^ *\d+ {name} ", text, re.M), (name, text)
    shell = next(line for line in text.splitlines() if re.match(r" *\d+ shell ", line))
    assert "blocked" in shell


def test_caps_tells_authority_in_words():
    text = ok("caps console")
    assert "interrupt" in text and "endpoint" in text
    text = ok("caps shell")
    assert "interrupt" not in text and "home" not in text


def test_cat_shows_a_file_and_names_a_missing_one(tmp_path):
    (tmp_path / "greeting").write_text("hello\nworld\n" + "x" * 3000 + "\n")
    r = run("cat /boot/greeting /boot/missing", add=str(tmp_path))
    assert r.output.startswith("hello\nworld\n" + "x" * 3000 + "\n")
    assert "cat: /boot/missing: no such name" in r.output
    assert r.status == 1


def test_services_and_connections_list_what_is_there():
    text = ok("services")
    for name in ("process", "memory", "rpc", "path", "console", "files"):
        assert re.search(rf" {name} ", text), (name, text)
    assert re.search(r"\d+ +\d+ +\d+ +\d+ +console ", ok("connections"))


def test_a_program_has_only_the_connections_that_it_uses():
    r = run("spin & ps ; connections ; kill spin", add=os.path.abspath("build/test-root"))
    pid = {name: re.search(rf"^ *(\d+) {name} ", r.output, re.M).group(1)
           for name in ("spin", "shell")}
    clients = re.findall(r"^ *(\d+) +\d+ +\d+ +\d+ [a-z]+ +\d+$", r.output, re.M)
    assert pid["shell"] in clients and pid["spin"] not in clients, str(r)


def test_kill_ends_a_process_by_pid_and_by_name():
    r = run("spin & kill spin ; wait", add=os.path.abspath("build/test-root"))
    assert r.status == 137, str(r)
    r = run("kill 4000")
    assert r.status == 1 and "kill: 4000: no such process" in r.output


def test_poweroff_ends_the_machine():
    r = run("poweroff")
    assert "did not power off" not in r.errors


def test_many_programs_one_after_the_other_leave_nothing():
    before = ok("mem ; " + "true ; " * 30 + "mem")
    first, last = before[: len(before) // 2], before[len(before) // 2 :]
    assert first == last


def test_a_server_beside_the_prompt_has_its_service_before_the_next_command():
    out = ok("spawn kv-2 ; services ; kv-1 & services")
    assert len(re.findall(r"^ +\d+ +1 kv ", out, re.M)) == 5, out


def test_a_server_that_offers_nothing_is_told_and_goes_on():
    r = run("spawn mute ; echo next ; wait", add="build/test-root")
    assert re.fullmatch(r"mute: pid (\d+) offers no service after 2000 ms; it goes on\n\1\nnext\n", r.output), str(r)
    assert r.status == 9
