# SPDX-License-Identifier: BSD-2-Clause
"""Each success and each error that docs/abi.md promises of a kernel call is proven by a test
of a kernel-* program, on this board, and no call answers anything else.

The programs note their calls by themselves (test/system/lib/calls.h says what is proven, and
that an error has changed nothing), and end with a line for each: `call NAME PROVEN... /
UNPROVEN...`. Those that do not include that header, such as the random ones, prove nothing.
"""

import glob
import os
import re

import pytest

from insula import (RELEASE, TOP, bare_folders, boot_bare, given_options, lacking, not_on,
                    suite)

OF_EVERY_HANDLE = ["ERR_HANDLE", "ERR_TYPE", "ERR_RIGHTS", "ERR_DYING"]


def text(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


def statuses(part):
    return re.findall(r"\bERR_\w+", part)


def promised():
    """{call: what it may answer}: a section's `Errors:`, and where it has a `Right:`, it takes a
    handle; what stands behind `Never:` can then not come."""
    page, calls = text("docs/abi.md"), {}
    for name, section in re.findall(r"^### \d+ (\w+)\n(.*?)(?=^##)", page, re.M | re.S):
        answers, section = ["OK"], " ".join(section.split())
        if re.search(r" Rights?: ", section):
            never = re.search(r" Never: (.*?)\.( |$)", section)
            answers += [e for e in OF_EVERY_HANDLE if not never or e not in statuses(never[1])]
        for part in re.findall(r" Errors: (.*?)(?= Never: | Cost: )", section):
            answers += [e for e in statuses(part) if e not in answers]
        calls[name] = answers
    return calls


PROMISED = promised()


def notes_calls(program):
    sources = glob.glob(os.path.join(TOP, "test/system", program, "*.c"))
    return program.startswith("kernel-") and any('"calls.h"' in text(path) for path in sources)


@pytest.fixture(name="answered", scope="module")
def run_programs():
    """({call: {status: programs that prove it}}, the same of what is unproven)."""
    proven = {name: {} for name in PROMISED}
    unproven = {name: {} for name in PROMISED}
    elsewhere = not_on(suite["board"])
    for program, line in bare_folders():
        test = f"test_bare[{program}-{line or 'plain'}]"
        if not notes_calls(program) or lacking(elsewhere, program, "test_bare.py", test):
            continue
        r = boot_bare(program, build=RELEASE, **given_options(line))
        assert r.status == 0, str(r)
        for name, good, rest in re.findall(r"^call (\w+)(.*) /(.*)$", r.output, re.M):
            for status in good.split():
                proven[name].setdefault(status, set()).add(program)
            for status in rest.split():
                unproven[name].setdefault(status, set()).add(program)
    return proven, unproven


@pytest.mark.parametrize("call,status", [(c, s) for c in PROMISED for s in PROMISED[c]])
def test_proven(answered, call, status):
    assert status in answered[0][call], \
        f"{call} {status}: promised in docs/abi.md, proven in no kernel-* program"


@pytest.mark.parametrize("call", PROMISED)
def test_nothing_else(answered, call):
    for table in answered:
        for status, programs in table[call].items():
            assert status in PROMISED[call], \
                f"{call} {status}: not in docs/abi.md, seen in {' '.join(sorted(programs))}"


def test_every_call_has_its_section():
    numbers = re.findall(r"^\tC\((\d+), (\w+)\)", text("src/core/include/insula/abi/call.h"), re.M)
    sections = re.findall(r"^### (\d+) (\w+)$", text("docs/abi.md"), re.M)
    assert sections == numbers
