# SPDX-License-Identifier: BSD-2-Clause
"""What system tests use: run() boots the system for shell commands, bare()
boots a program in init's place and counts what it checks.

    from insula import run, bare

    def test_echo_prints_its_arguments():
        r = run("echo a b")
        assert r.status == 0 and r.output == "a b\\n"

    def test_calls_with_another_interrupt_controller():
        bare("calls", board="virt", gic=3)

Without board=, a test runs on the board that the suite is for (pytest --board);
what cannot run there stands in not-on-BOARD, with the reason.
"""

import dataclasses
import fnmatch
import os
import re
import shlex
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RELEASE = "build"
DEBUG = "build/debug"

# The board of this suite; conftest.py sets it.
suite = {"board": "virt"}

# What raspi3b's tests use of its 1 GiB, so that a debug kernel sweeps as much as on virt.
RASPI3B_MEM = "256M"

BOOT_FAILURE, PANIC, TIMEOUT = 121, 122, 123

# What bare() has counted for the test that runs now; conftest.py reports it.
counted = {"passed": 0, "failed": 0}


@dataclasses.dataclass
class Result:
    status: int     # of the last command, or 120 to 123 (scripts/run --help)
    output: str     # what the commands printed
    errors: str     # what scripts/run said: boot failure, panic and the console's last words
    command: list

    def __str__(self):
        return (f"status {self.status} of {' '.join(self.command)}\n"
                f"{self.output}\n{self.errors}")


def options(build=RELEASE, **given):
    """scripts/run's options from keywords: board= cpu= el= gic= mem= smp= icount=
    add= console= qemu= timeout= image= initrd= append= boot= card=."""
    out = ["--build", os.path.join(TOP, build)]
    given = {"board": suite["board"], **given}
    if given["board"] == "raspi3b" and given.get("boot", "direct") == "direct":
        given.setdefault("mem", RASPI3B_MEM)
    for name, value in given.items():
        if value is True:
            out.append(f"--{name}")
        elif value not in (None, False):
            out.append(f"--{name}={value}")
    return out


def start(*args, timeout=120):
    command = [os.path.join(TOP, "scripts/run"), *args, f"--timeout={timeout}"]
    p = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False,
                       timeout=timeout + 30)
    return Result(p.returncode, p.stdout.decode(errors="replace"),
                  p.stderr.decode(errors="replace"), command)


def run(commands, timeout=120, **given):
    """Boots, runs shell commands, powers off."""
    return start(*options(**given), "-c", commands, timeout=timeout)


def ok(commands, **given):
    """run() whose status must be 0; its output."""
    r = run(commands, **given)
    assert r.status == 0, str(r)
    return r.output


def boot_bare(name, build=RELEASE, timeout=60, **given):
    """Boots test/system/NAME's program in init's place."""
    image = os.path.join(TOP, build, "test", name, "Image")
    return start(*options(build=build, image=image, **given), "--bare", timeout=timeout)


def bare(name, builds=(DEBUG, RELEASE), status=0, **given):
    """Boots a bare program in each build and counts its lines: `ok WHAT`,
    `not ok WHAT: why`, and `done N` last, N being how many it checked."""
    for build in builds:
        r = boot_bare(name, build=build, **given)
        good = re.findall(r"^ok (.+)$", r.output, re.M)
        bad = re.findall(r"^not ok (.+)$", r.output, re.M)
        done = re.findall(r"^done (\d+)$", r.output, re.M)
        counted["passed"] += len(good)
        counted["failed"] += len(bad)
        assert not bad, f"not ok {bad[0]}\n{r}"
        assert done, f"no `done` line\n{r}"
        assert int(done[-1]) == len(good), f"done {done[-1]}, but {len(good)} were ok\n{r}"
        assert r.status == status, str(r)


def not_on(board):
    """[(folder, what of it, reason)] of what a board cannot have: see not-on-raspi3b."""
    path = os.path.join(TOP, "test/system", f"not-on-{board}")
    lines = []
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            lines = [l.split(None, 1) for l in f if l.strip() and l[0] != "#"]
    return [(*what.partition("::")[::2], why.strip()) for what, why in lines]


def lacking(entries, folder, file, test):
    """The entry that keeps a test of a folder from a board; None if there is none."""
    for entry in entries:
        what = entry[1] or "*"
        if entry[0] == folder and (what == file or fnmatch.fnmatchcase(test, what)):
            return entry
    return None


def given_options(line):
    """The keywords of a line of a bare.mk: `--icount --mem=32M` is icount=True, mem="32M"."""
    words, given = shlex.split(line), {}
    while words:
        option = words.pop(0).lstrip("-")
        if "=" in option:
            option, value = option.split("=", 1)
        elif words and not words[0].startswith("--"):
            value = words.pop(0)
        else:
            value = True
        given[option] = float(value) if option == "timeout" else value
    return given


def bare_folders():
    """(name, options) for each folder that is only a bare program: one run for
    each line `# run: OPTIONS` in its bare.mk, or one without options."""
    base = os.path.join(TOP, "test/system")
    for name in sorted(os.listdir(base)):
        folder = os.path.join(base, name)
        files = os.listdir(folder) if os.path.isdir(folder) else []
        if not {"init.c", "bare.mk"} & set(files):
            continue
        if any(re.match(r"test_.*\.py$", f) for f in files):
            continue
        runs = []
        if "bare.mk" in files:
            with open(os.path.join(folder, "bare.mk"), encoding="utf-8") as f:
                runs = re.findall(r"^# *run: *(.*)$", f.read(), re.M)
        for line in runs or [""]:
            yield name, line
