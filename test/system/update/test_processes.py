# SPDX-License-Identifier: BSD-2-Clause
"""What the process manager promises to those who are told of every process (M1 to M5). The
guards of test/programs are two insulators, called guard and other."""

import os
import re

import pytest
from insula import run

ADD = os.path.abspath("build/test-root")

# What a process can leave behind.
LOOK = ("echo ==== ; mem ; ps ; echo ==== ; connections ; echo ==== ; services ; insulators ; "
        "caps rpc ; caps memory ; caps process")


def ok(commands, **given):
    r = run(commands, add=ADD, icount=True, **given)
    assert r.status == 0, str(r)
    return r


def told(r, who):
    """What an insulator's log says, in order."""
    return re.findall(rf"^{who}: (.*)$", r.output, re.M)


def seen(text):
    """What LOOK printed, without the programs that printed it. A thread's number is never used
    twice."""
    _, system, connections, rest = text.split("====\n")
    mem, ps = system.split("  PID ")
    processes = re.findall(r"^ +(\d+) (\S+) +\d+ +(\d+) .* +\d+ +(\d+ +\d+)$", ps, re.M)
    processes = [x for x in processes if x[1] != "ps"]
    pids = [x[0] for x in processes]
    rest = re.split(r"^(?:guard|other): ", rest, maxsplit=1, flags=re.M)[0]
    return (mem, processes,
            [x for x in connections.splitlines() if x.split()[0] in pids],
            sorted(re.sub(r"^thread \d+", "thread", x) for x in rest.splitlines()
                   if "of caps" not in x))


def test_M1_who_refuses_a_process_is_named_and_nothing_of_the_process_stays():
    """memory, rpc and path were asked before, and agreed."""
    r = ok(f"guard-1 & {LOOK}\necho ---- ; {LOOK}\necho ---- ; guard-1 refuse add ; true\n"
           f"echo ---- ; {LOOK}\nguard-1 log ; echo again")
    warm, before, refusal, after = r.output.split("----\n")
    assert refusal == "true: cannot be started: guard: refused\n", str(r)
    assert seen(warm) == seen(before) == seen(after), str(r)
    # It was not told that a process ended that it had refused.
    refused = re.findall(r"^add (\d+)$", "\n".join(told(r, "guard")), re.M)
    removed = re.findall(r"^remove (\d+)$", "\n".join(told(r, "guard")), re.M)
    assert len(set(refused)) == len(refused) and set(removed) < set(refused), str(r)
    assert r.output.endswith("again\n"), str(r)


@pytest.mark.parametrize("how", ["exit", "crash null", "crash thread-stack", "calls R4", "fixed",
                                 "popup & kill popup", "leaver & leaver client & kill leaver",
                                 "hammer kv --clients 16 --calls 9"])
def test_M2_nothing_is_left_of_a_process_and_every_insulator_was_told(how):
    r = ok(f"guard-1 & {how} ; {LOOK} ; guard-1 log ; echo ---- ; {how} ; {LOOK} ; guard-1 log")
    first, second = r.output.split("----\n")
    assert seen(first) == seen(second), str(r)
    lines = told(r, "guard")
    added = [x.split()[1] for x in lines if x.startswith("add ")]
    removed = [x.split()[1] for x in lines if x.startswith("remove ")]
    # All but the last, which is the one that printed them; and once each.
    assert sorted(added[:-1]) == sorted(removed), str(r)


def test_M3_an_update_swaps_two_PIDs_and_the_old_version_goes_by_the_new_ones():
    r = ok("guard-1 & guard-2 & stubborn-1 & guard-1 log ; update stubborn /boot/stubborn-2 ; "
           "echo ---- ; guard-1 log ; ps")
    lines = told(r, "guard")
    old = int(re.search(r"^COMMITTED stubborn pid (\d+)$", r.output, re.M).group(1))
    update = [x for x in lines if x.startswith("update ")]
    assert len(update) == 1, str(r)
    _, was, new = (int(x) if x.isdigit() else x for x in update[0].split())
    assert was == old and f"add {new}" in lines, str(r)
    assert lines.index(f"add {new}") < lines.index(update[0]) < lines.index(f"remove {new}"), str(r)
    assert f"remove {old}" not in lines, str(r)
    assert re.search(rf"^ +{old} stubborn ", r.output, re.M), str(r)
    assert not re.search(rf"^ +{new} ", r.output, re.M), str(r)


def test_M3_an_update_that_one_insulator_refuses_changes_nothing():
    """guard was told first, and is told again, which takes it back."""
    r = ok(f"guard-1 & guard-2 & stubborn-1 & {LOOK} ; guard-1 log ; echo ---- ; "
           "guard-2 refuse update ; update stubborn /boot/stubborn-2 ; echo ---- ; "
           f"{LOOK} ; guard-1 log ; update stubborn /boot/stubborn-2")
    before, refusal, after = r.output.split("----\n")
    assert refusal.endswith("ROLLED_BACK\nupdate: stubborn: other refuses the switch\n"), str(r)
    assert seen(before) == seen(after), str(r)
    updates = [x for x in told(r, "guard") if x.startswith("update ")]
    assert len(updates) == 2 and updates[0] == updates[1], str(r)
    assert "COMMITTED stubborn" in after, str(r)


def test_M4_a_version_that_does_not_serve_yet_is_not_found():
    """By no name, and the server goes on being found by its own and by its file's."""
    r = ok("versions M4")
    assert r.output == ("found: bad-kv-2 ERR_NO_PROCESS, /boot/bad-kv-2 ERR_NO_PROCESS, "
                        "kv the same, kv-1 1, hidden 1\n"
                        "update: ERR_CRASHED: the new version was killed\n"), str(r)


def test_M4_the_first_match_is_found():
    """And the others behind it: `kill` asks for all, and refuses a name that is not one's."""
    r = run("hog 9000 & hog 9000 & ps ; kill hog ; mem hog", add=ADD)
    hogs = re.findall(r"^ +(\d+) hog ", r.output, re.M)
    assert len(hogs) == 2 and f"say one of their PIDs: {hogs[0]}, {hogs[1]}\n" in r.output, str(r)
    r = ok(f"hog 9000 & hog 9000 & kill {hogs[0]} ; ps ; kill hog ; ps")
    assert re.findall(r"^ +(\d+) hog ", r.output, re.M) == hogs[1:], str(r)


def test_M5_an_insulator_is_told_what_is_its_own_while_it_is_registered():
    r = ok("true ; guard-1 & guard-2 & "
           "guard-1 spawn echo guard:yes other:no guard:also nobody:x ; "
           "guard-2 leave ; true ; guard-1 log ; guard-2 log ; insulators")
    pid = re.search(r"^spawned (\d+)$", r.output, re.M).group(1)
    assert f"add {pid} yes also" in told(r, "guard"), str(r)
    assert f"add {pid} no" in told(r, "other"), str(r)
    # Nothing from before it came, and nothing from after it left.
    numbers = {who: [int(x.split()[1]) for x in told(r, who)] for who in ("guard", "other")}
    assert min(numbers["guard"]) > 23 and max(numbers["other"]) == int(pid) + 1, str(r)
    assert max(numbers["guard"]) > max(numbers["other"]) + 1, str(r)
    assert re.search(r"^ +\d+ +\d+ guard$", r.output, re.M), str(r)
    assert not re.search(r"^ +\d+ +\d+ other$", r.output, re.M), str(r)


def test_M5_there_are_at_most_two_of_one_name():
    """As there are while an insulator is replaced by another; the third is refused."""
    r = ok("guard-1 & guard-1 & guard-1 & hog 1 ; insulators")
    assert "guard: guard: the name exists already\n" in r.output, str(r)
    assert len(re.findall(r"^ +\d+ +\d+ guard$", r.output, re.M)) == 2, str(r)
