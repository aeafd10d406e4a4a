# SPDX-License-Identifier: BSD-2-Clause
"""32-bit programs beside those of 64 bits, where the processor runs them."""

import re

import pytest

from insula import DEBUG, RELEASE, ok, run

MACHINES = [{"cpu": "cortex-a53"}, {"cpu": "cortex-a72"}, {"board": "raspi3b"}]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: "-".join(m.values()))
def test_hello32_prints_its_arguments_and_ends_with_its_status(machine):
    r = run("hello32 a bc ; hello32 7", **machine)
    lines = r.output.splitlines()
    assert re.fullmatch(r"hello from 32-bit code, pid \d+: a bc", lines[0]), str(r)
    assert r.status == 7, str(r)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda m: "-".join(m.values()))
def test_kv32_uses_the_service_of_64_bit_processes(machine):
    out = ok("kv32 put 5 0x123456789abcdef0 ; kv32 get 5 ; kv32 check 200", **machine)
    assert out == "1311768467463790320\nchecked=200 wrong=0\n"


@pytest.mark.parametrize("build", [RELEASE, DEBUG], ids=["release", "debug"])
def test_kv32_goes_on_over_updates_under_load(build):
    out = ok("kv32 put 77 18446744073709551615 ; "
             "hammer kv --clients 2 --calls 10000 & kv32 check 1000 & "
             "update kv /boot/kv-2 ; update kv /boot/kv-1 ; wait ; kv32 get 77",
             build=build, timeout=240)
    assert out.count("COMMITTED kv") == 2, out
    assert "checked=1000 wrong=0\n" in out
    assert "sent=20000 answered=20000 lost=0 repeated=0 reordered=0\n" in out
    assert out.endswith("18446744073709551615\n")


def test_a_crash_is_told_like_anybodys():
    r = run("hello32 crash ; echo after")
    assert re.search(r"^crash: hello32 \(pid \d+\) thread \d+: read of 0x0 at pc 0x4[0-9a-f]{5}: "
                     r"null pointer$", r.output, re.M), str(r)
    assert "after\n" in r.output and r.status == 0, str(r)


def test_ps_marks_it():
    out = ok("kv32 check 100000 & ps ; kill kv32 ; ps")
    before, after = out.split("  PID ")[1:]
    assert re.search(r" kv32 .* (rr|other|fifo)/32 ", before), out
    assert "kv32" not in after, out


def test_nothing_is_left_of_many():
    def free(text):
        return int(re.search(r"^free +(\d+) pages$", text, re.M).group(1))
    loop = " ; ".join(["kv32 check 1"] * 12)
    out = ok(f"kv32 check 1 ; mem ; {loop} ; mem")
    first, second = out.split("total ")[1:]
    assert free(first) == free(second), out


@pytest.mark.parametrize("build", [RELEASE, DEBUG], ids=["release", "debug"])
def test_where_el0_has_no_aarch32_it_is_refused_with_a_line(build):
    r = run("hello32 ; echo after", cpu="a64fx", build=build)
    assert "hello32: cannot be started: it is a 32-bit program, and this processor runs none\n" \
        in r.output + r.errors, str(r)
    assert "after\n" in r.output and r.status == 0, str(r)
