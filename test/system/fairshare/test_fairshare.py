# SPDX-License-Identifier: BSD-2-Clause
"""fairshare: a scheduler as a user program, which hands its processor to a thread of its
choice (S29)."""

import re

from insula import ok, run

LINE = re.compile(r"^(first|second) member (\d+) share (\d+) wanted ([\d.]+) % got ([\d.]+) %$")


def halves(arguments):
    lines = [LINE.match(l) for l in ok(f"fairshare {arguments}", icount=True).splitlines()]
    assert all(lines)
    return [[(float(l[4]), float(l[5])) for l in lines if l[1] == which]
            for which in ("first", "second")]


def test_S29_each_member_gets_its_share_within_one_percent():
    for half in halves("1 2 5"):
        assert [wanted for wanted, _ in half] == [12.5, 25.0, 62.5]
        assert all(abs(wanted - got) <= 1 for wanted, got in half)
    for half in halves("--ms 1000 7 1 1 1"):
        assert all(abs(wanted - got) <= 1 for wanted, got in half)


def test_S29_the_time_of_a_member_that_is_blocked_goes_to_the_others():
    first, second = halves("--rest 3 1 2 5")
    assert all(abs(wanted - got) <= 1 for wanted, got in first)
    assert second[2] == (0.0, 0.0)
    assert all(abs(wanted - got) <= 1 for wanted, got in second)


def test_wrong_arguments_are_named():
    assert run("fairshare").status == 2
    for words, said in (("0", "0: not a number from 1 to 1000"),
                        ("--ms x 1", "x: not a number from 1 to 600000"),
                        ("--what 1 2", "--what: no such option"),
                        ("--rest 3 1 2", "usage: fairshare"),
                        ("1 " * 35, "fairshare: 35 shares: at most 16\n")):
        r = run(f"fairshare {words}")
        assert r.status == 2 and said in r.output
