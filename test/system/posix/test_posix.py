# SPDX-License-Identifier: BSD-2-Clause
"""Ordinary POSIX threads programs (test/programs/posix-*): they compile unchanged for
this machine too, and print the same there; C8 and S3 as they are seen from a program
in deterministic mode; and docs/posix.md tells the truth about what links."""

import os
import re
import subprocess

import pytest
from insula import DEBUG, RELEASE, TOP, run

BUILDS = [RELEASE, DEBUG]
# The names also say what the programs check.
ORDINARY = [
    "posix-queue",         # C8, C9: producers and consumers
    "posix-philosophers",  # C10: a real deadlock that ends by deadlines
    "posix-misuse",        # every refusal by its error
    "posix-local",         # P1, P2, P11: what a thread has of its own, and how it ends
    "posix-storm",         # broadcasts, signals, deadlines
    "posix-timer",         # clocks and timers
]


def in_insula(command, build, **given):
    r = run(command, build=build, add=os.path.join(TOP, build, "test-root"), **given)
    assert r.status == 0, str(r)
    return r.output


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """Runs a program built with this machine's compiler and C library."""
    where = tmp_path_factory.mktemp("host")

    def output(name):
        path = where / name
        source = os.path.join(TOP, "test/programs", name)
        subprocess.run(["gcc", "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-pthread", "-o", path,
                        *[os.path.join(source, f) for f in sorted(os.listdir(source))
                          if f.endswith(".c")], "-lrt"], check=True)
        return subprocess.run([path], stdout=subprocess.PIPE, text=True, check=True,
                              timeout=60).stdout
    return output


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_program_says_what_it_says_elsewhere(name, host):
    want = host(name)
    assert want
    for build in BUILDS:
        assert in_insula(name, build) == want
        assert in_insula(name, build, icount=True) == want


@pytest.mark.parametrize("build", BUILDS)
def test_misuse_that_posix_leaves_open_is_reported(build):
    said = dict(line.rsplit(": ", 1) for line in in_insula("posix-misuse ours", build).splitlines())
    assert said["default: lock again"] == "EDEADLK"
    assert said["default: a stranger's unlock"] == "EPERM"
    assert said["wait without the mutex"] == "EPERM"
    assert said["lock of a destroyed one"] == "EINVAL"
    for refused in ("no inheritance", "a ceiling", "shared"):
        assert said[refused] == "ENOTSUP"
    assert said["a shared semaphore"] == "ENOSYS"
    assert said["sem_post at the maximum"] == "EOVERFLOW"
    assert said["S2: a priority above the limit"] == "EPERM"


MARS = """\
S3: a child has policy 1, priority 60
S15: now policy 2, priority 59
one mutex
high: middle not done, waited briefly
low: 50 inside, 11 after, middle done
a chain of two
high: middle not done, waited briefly
between: 50 inside, 12 after
low: 50 inside, 11 after, middle done
handed over
taker is mutex-blocked, sleeper is nanosleep-blocked
high: middle not done, waited briefly
taker: 50 inside, 11 after, middle done
"""


@pytest.mark.parametrize("build", BUILDS)
def test_C5_C6_C8_S3_a_high_thread_waits_for_no_middle_one(build):
    """Mars Pathfinder: solved for one mutex, a chain, and one handed over."""
    assert in_insula("posix-mars", build, icount=True) == MARS


SPORADIC_REFUSED = """\
low above normal: EINVAL
no low priority: EINVAL
budget above period: EINVAL
no budget: EINVAL
no replenishments: EINVAL
SS_REPL_MAX + 1: EINVAL
no time: EINVAL
a negative time: EINVAL
a period of days: ENOTSUP
S2: above the limit: EPERM
"""

SPORADIC = f"""\
at first: another 20
{SPORADIC_REFUSED}after refusals: another 20
set: 0
now: sporadic 30 low 10 budget 2000000 period 10000000 repl 4
{SPORADIC_REFUSED}after refusals: sporadic 30 low 10 budget 2000000 period 10000000 repl 4
both lower: 0
now: sporadic 9 low 8 budget 1000000 period 5000000 repl 8
both higher: 0
now: sporadic 40 low 39 budget 1000000 period 5000000 repl 1
a priority below the low one: EINVAL
a priority above it: 0
now: sporadic 41 low 39 budget 1000000 period 5000000 repl 1
FIFO below the low one: 0
now: another 3
the process's own: 0
its policy: sporadic
now: sporadic 20 low 2 budget 3000000 period 30000000 repl 3
the process's parameters: 0
now: sporadic 21 low 3 budget 4000000 period 30000000 repl 3
S3: its child: sporadic 21 low 3 budget 4000000 period 30000000 repl 3
bad attributes: EINVAL
made so: sporadic 40 low 10 budget 2000000 period 10000000 repl 4
"""


@pytest.mark.parametrize("build", BUILDS)
def test_S3_S17_S23_S24_sporadic_threads_are_posix_s(build):
    """Not an ordinary program: no other system here has the policy."""
    said, share = in_insula("posix-sporadic", build, icount=True).split("S23: ")
    assert said == SPORADIC
    had, below = map(int, re.fullmatch(r"it had (\d+) %, the one below it (\d+) %\n", share).groups())
    assert 20 <= had <= (20 if build == RELEASE else 23) and had + below == 100


NOTIFY = """\
timer_create: 0
timer_settime: 0
bits as asked for, 3 ms after
bits as asked for, 5 ms after
bits as asked for, 7 ms after
off: nothing
timer_delete: 0
a signal: ENOTSUP
"""


def test_a_timer_rings_an_endpoint():
    assert in_insula("posix-notify", RELEASE, icount=True) == NOTIFY


def test_what_programs_leave_is_nothing():
    out = in_insula("mem ; " + " ; ".join(ORDINARY) + " ; mem", RELEASE)
    figures = re.findall(r"^(?:free|user|kernel) +(\d+) pages", out, re.M)
    assert figures[:3] == figures[3:]


# --- docs/posix.md

def listed(title):
    """The names in code quotes of a section that are those of functions."""
    with open(os.path.join(TOP, "docs/posix.md"), encoding="utf-8") as f:
        section = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", f.read(), re.M | re.S)[1]
    names = re.findall(r"^\| `([^|]*)` \|", section, re.M)
    names = [n for row in names for n in row.split()]
    assert len(names) > 30 and len(set(names)) == len(names)
    return names


def link(names, where):
    """What the linker says of a program that uses all of them."""
    source = where / "all.c"
    source.write_text("".join(f"extern char {n}[];\n" for n in names)
                      + "int main(int argc, char **argv);\nconst void *volatile table[] = {"
                      + ", ".join(names) + "};\n"
                      + "int main(int argc, char **argv)\n"
                      + "{ (void)argv; return table[argc] == 0; }\n")
    host_bin = os.path.join(TOP, "build/host/bin")
    p = subprocess.run(
        ["aarch64-linux-gnu-gcc", "-specs=build/host/picolibc.specs", "-fno-builtin", "-fno-pic",
         "-fno-pie", "-nostartfiles", "-static", "-no-pie", "-Wl,--gc-sections",
         "-T", "userland/lib/user.ld", "-o", where / "all", source,
         "-Wl,--start-group", "build/libinsula.a",
         "build/arm64/root/usr/lib/aarch64-linux-gnu/libfdt.a", "-lc", "-lgcc",
         "-Wl,--end-group"], cwd=TOP, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=dict(os.environ, PATH=host_bin + ":" + os.environ["PATH"]), check=False)
    return p.returncode, p.stdout


def test_what_the_page_lists_as_there_links(tmp_path):
    status, said = link(listed("What is there"), tmp_path)
    assert status == 0, said


def test_what_the_page_lists_as_absent_does_not_link(tmp_path):
    names = listed("What is not there")
    status, said = link(names, tmp_path)
    assert status != 0
    missing = set(re.findall(r"undefined reference to `(\w+)'", said))
    assert missing == set(names)


def test_every_function_that_pthread_h_declares_is_listed():
    there = set(listed("What is there"))
    for header in ("pthread.h", "semaphore.h"):
        with open(os.path.join(TOP, "userland/include/posix", header), encoding="utf-8") as f:
            text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        declared = set(re.findall(r"\b((?:pthread|sem)_\w+)\(", text))
        assert declared - there - {"pthread_cleanup_push", "pthread_cleanup_pop"} == set()


# POSIX.1-2024: all of <pthread.h>, <sched.h> and <semaphore.h>, the clocks and timers of <time.h>,
# the two of <signal.h> that are about threads; without the macros.
POSIX_THREADS = {
    "pthread_": """
    atfork attr_destroy attr_getdetachstate attr_getguardsize attr_getinheritsched
    attr_getschedparam attr_getschedpolicy attr_getscope attr_getstack attr_getstacksize
    attr_init attr_setdetachstate attr_setguardsize attr_setinheritsched attr_setschedparam
    attr_setschedpolicy attr_setscope attr_setstack attr_setstacksize barrier_destroy
    barrier_init barrier_wait barrierattr_destroy barrierattr_getpshared barrierattr_init
    barrierattr_setpshared cancel cond_broadcast cond_clockwait cond_destroy cond_init
    cond_signal cond_timedwait cond_wait condattr_destroy condattr_getclock
    condattr_getpshared condattr_init condattr_setclock condattr_setpshared create detach
    equal exit getconcurrency getcpuclockid getschedparam getspecific join key_create
    key_delete kill mutex_clocklock mutex_consistent mutex_destroy mutex_getprioceiling
    mutex_init mutex_lock mutex_setprioceiling mutex_timedlock mutex_trylock mutex_unlock
    mutexattr_destroy mutexattr_getprioceiling mutexattr_getprotocol mutexattr_getpshared
    mutexattr_getrobust mutexattr_gettype mutexattr_init mutexattr_setprioceiling
    mutexattr_setprotocol mutexattr_setpshared mutexattr_setrobust mutexattr_settype once
    rwlock_clockrdlock rwlock_clockwrlock rwlock_destroy rwlock_init rwlock_rdlock
    rwlock_timedrdlock rwlock_timedwrlock rwlock_tryrdlock rwlock_trywrlock rwlock_unlock
    rwlock_wrlock rwlockattr_destroy rwlockattr_getpshared rwlockattr_init
    rwlockattr_setpshared self setcancelstate setcanceltype setconcurrency setschedparam
    setschedprio setspecific sigmask spin_destroy spin_init spin_lock spin_trylock
    spin_unlock testcancel""",
    "sched_": """
    get_priority_max get_priority_min getparam getscheduler rr_get_interval setparam
    setscheduler yield""",
    "sem_": """
    clockwait close destroy getvalue init open post timedwait trywait unlink wait""",
    "": """
    clock_getcpuclockid clock_getres clock_gettime clock_nanosleep clock_settime nanosleep
    timer_create timer_delete timer_getoverrun timer_gettime timer_settime""",
}


def test_every_function_of_posix_threads_is_in_exactly_one_of_the_lists():
    there, absent = set(listed("What is there")), set(listed("What is not there"))
    wanted = {prefix + n for prefix, names in POSIX_THREADS.items() for n in names.split()}
    assert len(wanted) > 130
    assert wanted - there - absent == set()
    assert there & absent == set()


def test_headers_of_ours_do_not_declare_what_is_absent(tmp_path):
    """The C library's own headers declare some of it, as fork; that does not link."""
    names = [n for n in listed("What is not there") if re.match("pthread_|sem_|sched_", n)]
    source = tmp_path / "absent.c"
    source.write_text("#define _GNU_SOURCE\n#include <pthread.h>\n#include <sched.h>\n"
                      "#include <semaphore.h>\n"
                      + "".join(f"const void *p_{n} = (const void *){n};\n" for n in names))
    p = subprocess.run(
        ["aarch64-linux-gnu-gcc", "-specs=build/host/picolibc.specs", "-fsyntax-only",
         "-Iuserland/include", "-Iuserland/include/posix", "-Isrc/core/include", source],
        cwd=TOP, stderr=subprocess.PIPE, text=True, check=False,
        env=dict(os.environ, LC_ALL="C",
                 PATH=os.path.join(TOP, "build/host/bin") + ":" + os.environ["PATH"]))
    unknown = set(re.findall(r"'(\w+)' undeclared", p.stderr))
    assert set(names) - unknown <= {"pthread_atfork", "pthread_sigmask"}, p.stderr
