# SPDX-License-Identifier: BSD-2-Clause
"""The pictures of docs/scheduling.md: a recording made now has the same blocks as the one that
is committed, up to the times, which change with every instruction."""

import os
import re
import subprocess

from insula import TOP, ok

TITLE = re.compile(r"<title>([^:]+): (\w+), priority (\d+), ([\d.]+) to ([\d.]+) us</title>")


def blocks(svg):
    """[(thread, priority, ms)] of what ran for longer than half a millisecond, in order of time."""
    found = [(float(begin), thread, int(priority), round((float(end) - float(begin)) / 1000))
             for thread, state, priority, begin, end in TITLE.findall(svg)
             if state == "running" and float(end) - float(begin) > 500]
    return [f[1:] for f in sorted(found)]


def test_the_ready_queue_of_the_document_is_what_is_drawn_now():
    p = subprocess.run([os.path.join(TOP, "scripts/trace-plot"), "-", "--threads", "demo/[2-7]"],
                       input=ok("trace demo ready-queue", icount=True), text=True,
                       capture_output=True, check=True, timeout=60)
    with open(os.path.join(TOP, "docs/img/ready-queue.svg"), encoding="utf-8") as f:
        drawn = blocks(f.read())
    assert len(drawn) == 16
    assert blocks(p.stdout) == drawn


def test_every_picture_of_the_document_is_there():
    with open(os.path.join(TOP, "docs/scheduling.md"), encoding="utf-8") as f:
        names = re.findall(r"\]\((img/\w[\w-]*\.svg)\)", f.read())
    assert len(names) == 5
    for name in names:
        with open(os.path.join(TOP, "docs", name), encoding="utf-8") as f:
            assert blocks(f.read()) or "hand-over" in name
