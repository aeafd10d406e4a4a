# SPDX-License-Identifier: BSD-2-Clause
"""The pictures of docs/scheduling.md: under each stand the two commands that make it. They are
run, and what they draw now has the same blocks as the picture that is committed, up to the times,
which change with every instruction."""

import os
import re
import shlex
import subprocess

import pytest
import recording
from insula import TOP

TITLE = re.compile(r"<title>([^:]+): (\w+), priority (\d+), ([\d.]+) to ([\d.]+) us</title>")
PAGE = os.path.join(TOP, "docs/scheduling.md")
LONG_US = 400   # shorter blocks are starts, ends and waking up


def pictures():
    """{name: (command that records, arguments of scripts/trace-plot)}."""
    with open(PAGE, encoding="utf-8") as f:
        text = f.read()
    found = {}
    for name, record, plot in re.findall(
            r"\]\(img/([\w-]+)\.svg\)\n\n    scripts/run (.+?) >\1\.txt\n"
            r"    scripts/trace-plot \1\.txt -o docs/img/\1\.svg ?(.*)\n", text):
        found[name] = shlex.split(record), shlex.split(plot)
    assert sorted(found) == sorted(re.findall(r"\]\(img/([\w-]+)\.svg\)", text))
    return found


def blocks(svg, least=LONG_US):
    """{thread: [(state, priority, ms)]} of the longer blocks, in order of time."""
    lanes = {}
    for thread, state, priority, begin, end in TITLE.findall(svg):
        us = float(end) - float(begin)
        if us > least:
            lanes.setdefault(thread, []).append((state, int(priority), round(us / 1000)))
    return lanes


def runs(svg):
    """The threads that ran, in order, with their priorities: for pictures of microseconds."""
    found = sorted((float(begin), thread, int(priority))
                   for thread, state, priority, begin, _ in TITLE.findall(svg)
                   if state == "running")
    return [f[1:] for f in found]


def committed(name):
    with open(os.path.join(TOP, "docs/img", name + ".svg"), encoding="utf-8") as f:
        return f.read()


def drawn_now(record, plot):
    p = subprocess.run(["scripts/run", *record], cwd=TOP, text=True, check=True, timeout=120,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    recording.read(p.stdout)
    return subprocess.run(["scripts/trace-plot", "-", *plot], cwd=TOP, input=p.stdout, text=True,
                          check=True, timeout=60, stdout=subprocess.PIPE).stdout


@pytest.mark.parametrize("name", sorted(pictures()))
def test_the_picture_of_the_document_is_what_is_drawn_now(name):
    record, plot = pictures()[name]
    old = committed(name)
    if "--from" not in plot:
        new = drawn_now(record, plot)
        assert len([b for lane in blocks(old).values() for b in lane]) >= 4
        assert blocks(new) == blocks(old)
        return
    # A window of a few microseconds: its switches happen somewhere, one after another.
    new = runs(drawn_now(record, plot[:plot.index("--from")]))
    part = runs(old)
    assert len(part) >= 4
    assert any(new[i:i + len(part)] == part for i in range(len(new)))


def test_the_page_has_no_picture_that_is_not_there_and_no_other_is():
    assert {f"{name}.svg" for name in pictures()} == set(os.listdir(os.path.join(TOP, "docs/img")))
