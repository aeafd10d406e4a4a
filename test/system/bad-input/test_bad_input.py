# SPDX-License-Identifier: BSD-2-Clause
"""Bad input: each gives one clear line that names the thing, and a nonzero
status; the system goes on. (What init refuses at boot is in init-refuses.)"""

import os
import struct

import pytest
from insula import TOP, run


def program():
    with open(os.path.join(TOP, "build/root/true"), "rb") as f:
        return bytearray(f.read())


def patched(offset, form, *values):
    data = program()
    struct.pack_into(form, data, offset, *values)
    return bytes(data)


PHOFF = 64      # the program headers follow the ELF header

FILES = {
    "empty": b"",
    "text": b"#!/bin/sh\necho no\n",
    "short-header": bytes(program()[:40]),
    "cut": bytes(program()[: len(program()) // 3]),
    "32-bit": patched(4, "B", 1),
    "big-endian": patched(5, "B", 2),
    "x86": patched(18, "<H", 62),
    "shared-object": patched(16, "<H", 3),
    "no-segments": patched(56, "<H", 0),
    "many-segments": patched(56, "<H", 5000),
    "segments-outside": patched(32, "<Q", 1 << 40),
    "entry-nowhere": patched(24, "<Q", 0x10),
    "address-in-kernel": patched(PHOFF + 16, "<Q", 0xFFFFFF8000000000),
    "address-wraps": patched(PHOFF + 40, "<Q", 0xFFFFFFFFFFFFF000),
    "file-beyond-end": patched(PHOFF + 32, "<QQ", 1 << 30, 1 << 30),
    "unaligned": patched(PHOFF + 16, "<Q", 0x400123),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    d = tmp_path_factory.mktemp("bad")
    for name, data in FILES.items():
        (d / name).write_bytes(data)
    return str(d)


@pytest.fixture(scope="module")
def said(folder):
    """One boot tries them all; the lines that each of them gave, and its status."""
    r = run("\n".join(f"{name}\necho ---" for name in FILES) + "\nmem ; echo alive", add=folder)
    assert r.status == 0 and r.output.endswith("alive\n"), str(r)
    parts = r.output.split("---\n")
    return dict(zip(FILES, parts))


@pytest.mark.parametrize("name", FILES)
def test_a_bad_program_is_refused_with_one_line_that_names_it(said, name):
    lines = said[name].splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"{name}: cannot be started: "), lines
    assert len(lines[0]) > len(f"{name}: cannot be started: ") + 10


def test_a_bad_program_has_a_status_of_its_own(folder):
    assert run("cut", add=folder).status == 126


def test_an_update_to_a_bad_program_leaves_the_server(folder):
    r = run("update kv /boot/cut\nhammer kv --calls 100", add=folder)
    assert r.output.startswith("update: kv: /boot/cut: ") and "lost=0" in r.output, str(r)
