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


def test_a_wrong_line_has_status_2():
    for wrong in ("; ;", "& echo", 'echo "a', "true & " * 60):
        r = run(wrong)
        assert r.status == 2 and r.output.startswith("shell: "), str(r)


def test_a_line_that_is_too_long_is_refused_and_nothing_of_it_runs():
    wrong = "echo start ; echo " + "x" * 600
    for icount in (False, True):        # typed, and read from a script
        r = run(f"{wrong}\necho next", icount=icount)
        assert r.output == f"shell: the line is too long: {len(wrong)} bytes of 511\nnext\n", str(r)
        r = run(wrong, icount=icount)
        assert r.status == 2, str(r)
    fits = "echo " + "x" * 506
    assert ok(fits, icount=True) == fits[5:] + "\n"


def test_a_script_goes_on_when_the_archive_was_killed():
    r = run("kill archive ; kill archive\nkill archive\ncat /boot/.batch\necho done", icount=True)
    assert r.status == 0 and r.output.endswith("cat /boot/.batch\necho done\ndone\n"), str(r)


def test_a_killed_shell_has_status_137_and_comes_back():
    r = run("kill shell\necho next")
    assert r.output == "shell: it ended and was started again\nnext\n" and r.status == 0, str(r)
    assert run("echo before ; kill shell").status == 137
    r = run("echo before\nkill shell\necho next", icount=True)
    assert r.status == 137, str(r)
    assert r.output == ("before\nshell: it ended and was started again; "
                        "the rest of the script is not run\n"), str(r)


def test_what_only_the_system_starts_says_so():
    names = ["console", "pm", "rpc", "memory", "piddb", "path", "entropy", "hangwatch", "mailbox",
             "archive", "tracer", "shell"]
    r = run("\n".join(names))
    assert r.output == "".join(f"{name}: cannot be started: no program for a prompt: the system "
                               "starts it\n" for name in names), str(r)
    assert r.status == 126


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
    text = ok("/boot/ps")       # the program: `ps` alone is the shell's own
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


def test_a_server_of_ones_own_ends_for_good_and_wait_with_it():
    r = run("kv-1 & kill 24 ; kill --for-good 24 ; wait ; ps 24")
    assert r.output == ("24: a server, comes back with its state; `kill --for-good 24` ends it\n"
                        "ps: 24: no such process\n"), str(r)
    assert run("kv-1 & kill --for-good 24 ; wait").status == 137


def test_a_name_that_fits_several_processes_is_refused_with_their_pids():
    r = run("kv-1 & kv-1 & kill kv-1")
    assert r.output == ("kill: kv-1: several processes have this name: say one of their PIDs: "
                        "21, 24, 25\n"), str(r)
    assert r.status == 1
    r = run("kv-1 & " * 8 + "kill kv")
    assert r.output.endswith("21, 24, 25, 26, 27, 28, 29, 30, ... (9 in all)\n"), str(r)


def test_what_the_manifest_keeps_is_not_ended_for_good():
    for name, why in (("console", "the manifest says that it restarts: not ended for good"),
                      ("kv", "the manifest says that it restarts: not ended for good"),
                      ("memory", "one of the managers that the system consists of: not ended")):
        r = run(f"kill --for-good {name}")
        assert r.output == f"kill: {name}: {why}\n" and r.status == 1, str(r)
    assert ok("kill kv ; kill archive") == (
        "kv: a server, comes back with its state, as the manifest says\n"
        "archive: comes back, as the manifest says\n")


def test_ps_tells_the_threads_of_a_process():
    r = run("popup & ps popup ; ps nobody ; ps 1 2", add="build/test-root")
    rows = re.findall(r"^ +\d+ (\S+-blocked|ready|running)[ a-z0-9]* +\d+ +\d+ rr +\d+ 0x[0-9a-f]+$",
                      r.output, re.M)
    assert len(rows) == 1, str(r)
    assert r.output.endswith("ps: nobody: no such process\nusage: ps [PID|NAME], a process's threads\n")
    assert r.status == 2
    assert "MAIN THREAD'S STATE" in ok("ps")


def test_C6_ps_shows_the_philosophers_deadlock():
    """Each has a fork, and waits for the thread that has the other one."""
    look = "ps posix-philosophers"
    out = ok(f"posix-philosophers & true ; true ; true ; {look} ; wait", add="build/test-root",
             icount=True)
    waits = dict(re.findall(r"^ +(\d+) mutex-blocked on thread (\d+) ", out, re.M))
    assert len(waits) == 5, out
    first = at = next(iter(waits))
    around = [first]
    while (at := waits[at]) != first:
        around.append(at)
    assert len(around) == 5, out
    assert re.search(r"^ +\d+ receive-blocked ", out, re.M), out       # the main thread joins


def test_there_is_no_input_in_a_batch():
    assert ok("cat ; echo after") == "after\n"
    assert ok("cat & wait ; echo after") == "after\n"
    assert ok("trace cat ; echo after").endswith("trace end\nafter\n")


def test_without_memory_kill_ps_and_echo_work():
    hogs = "\n".join(["hog 100000 idle & " * 22] * 3)
    r = run(f"{hogs}\nmem\necho alive ; ps ; kill 30 31 32 33 ; mem", add="build/test-root",
            board="virt", mem="14M")
    assert "hog: cannot be started: memory: out of memory\n" in r.output, str(r)
    assert "mem: cannot be started: memory: out of memory\nalive\n  PID NAME" in r.output, str(r)
    assert re.search(r"\nfree +\d+ pages\n", r.output) and r.status == 0, str(r)


def test_the_65th_background_command_is_refused():
    r = run("\n".join(["hog 100000 idle & " * 21] * 3) + "\nhog 100000 idle & hog 100000 idle &",
            add="build/test-root")
    assert r.output == ("hog: not started: 64 background commands run, no more are followed; "
                        "wait, or kill some\n"), str(r)
    assert r.status == 126


def test_help_of_a_command():
    assert ok("help update").startswith("usage: update NAME|PID FILE\n")
    assert ok("help wait").startswith("usage: wait: ")
    r = run("help frobnicate")
    assert r.output == "frobnicate: no such command; try help\n" and r.status == 127, str(r)
    assert run("help a b").status == 2
    r = run("help kv-1")
    assert r.output == "help: kv-1: is a server, and has none\n" and r.status == 1, str(r)


def test_paths_are_normalised_for_programs_too():
    assert ok("/boot/./echo a ; /boot/../boot//echo b ; update kv /boot/../boot/kv-1 ; "
              "/svc/../boot/true").startswith("a\nb\ncheck ")


def test_what_is_wrong_with_an_argument_is_named():
    for line, said in (
            ("hammer kv --clients 0", "hammer: --clients 0: not a number from 1 to 16\n"),
            ("hammer kv --window x", "hammer: --window x: not a number from 1 to 64\n"),
            ("hammer", "usage: hammer SERVICE "),
            ("trace show nosuch", "trace: show: takes no further word, not 'nosuch'\n")):
        r = run(line)
        assert r.status == 2 and r.output.startswith(said), str(r)


def test_bench_says_that_it_measures_time():
    assert re.search(r"^spawn_exit_wait \d+ ns$", ok("bench"), re.M)


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
