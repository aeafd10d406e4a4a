# SPDX-License-Identifier: BSD-2-Clause
"""The demonstrations: what they print is what must happen."""

import re

from insula import ok, run


def test_ready_queue_three_share_the_highest_level_and_the_others_wait():
    lines = ok("demo ready-queue", icount=True).splitlines()
    rows = [re.match(r"^([A-F]) priority +(\d+) turns (\d+) begins +(\d+) ms ends +(\d+) ms "
                     r"place (\d)$", l) for l in lines]
    assert all(rows) and [r[1] for r in rows] == list("ABCDEF")
    priority, turns, begins, ends, place = ([int(r[n]) for r in rows] for n in range(2, 7))
    assert priority == [10, 10, 10, 8, 8, 5]
    assert place == [1, 2, 3, 4, 5, 6]
    assert turns == [3, 3, 3, 3, 3, 1]          # 4 + 4 + 2 ms; F is alone
    assert max(begins[:3]) < min(ends[:3])      # they take turns
    assert begins[3] >= max(ends[:3]) and begins[5] >= max(ends[3:5])


def test_mouse_follows_while_the_wind_tunnel_computes():
    out = ok("demo mouse", icount=True)
    moves = re.match(r"mouse: 20 moves, 0 late, (\d+) us after the move at most\n"
                     r"wind tunnel: (\d+) % of the processor\n$", out)
    assert moves, out
    assert int(moves[1]) < 100 and 95 <= int(moves[2]) <= 99


def test_a_demonstration_that_there_is_not_is_named():
    r = run("demo nothing")
    assert r.status == 2 and "demo: nothing: there is no such demonstration" in r.output
