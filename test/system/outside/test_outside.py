# SPDX-License-Identifier: BSD-2-Clause
"""Programs in a folder outside the tree: the files of docs/outside.md with the Makefile
they show. (That what it prints is what it shows is tested in documents.)"""

import os
import re
import subprocess

import pytest

from insula import TOP, ok

FILE = re.compile(r"<!-- file: (.*?) -->\n```\w*\n(.*?)```\n", re.S)
CLEAN = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES")}


@pytest.fixture
def folder(tmp_path):
    with open(os.path.join(TOP, "docs/outside.md"), encoding="utf-8") as f:
        for name, contents in FILE.findall(f.read()):
            (tmp_path / name).write_text(contents)
    return tmp_path


def make(folder, *words):
    return subprocess.run(["make", "-C", folder, f"INSULA={TOP}", *words], env=CLEAN, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_either_compiler_builds_it_silently_and_it_serves(folder, compiler):
    p = make(folder, f"CC_KIND={compiler}", "boot")
    assert p.returncode == 0 and p.stderr == "", p.stdout + p.stderr
    assert sorted(os.listdir(folder / "out/boot")) == ["count-1", "count-2", "counter-1", "counter-2"]
    out = ok("spawn counter-1 ; count-1 3 ; update counter /boot/counter-2 ; count-2", add=str(folder / "out/boot"))
    assert "total 3\n" in out and out.endswith("total 4\ncalls 1\n"), out


def test_what_a_program_is_made_of_makes_it_anew(folder):
    assert make(folder).returncode == 0
    assert "CC" not in make(folder).stdout
    os.utime(folder / "counter.h", (2e9, 2e9))
    assert make(folder).stdout.count("CC    ") == 4


def test_an_error_of_the_compiler_is_shown_and_nothing_is_left(folder):
    (folder / "count.c").write_text("int main(void) { return missing; }\n")
    p = make(folder)
    assert p.returncode != 0 and "missing" in p.stderr and not (folder / "out/count-1").exists()


def test_update_says_what_is_lacking(folder):
    p = make(folder, "update")
    assert p.returncode != 0 and "say which process: make update NAME=counter" in p.stderr, p.stderr
    p = make(folder, "update", "NAME=kv")
    assert p.returncode != 0 and 'PROGRAM is "": it must be one of: counter-1 counter-2' in p.stderr, p.stderr
    (folder / "Makefile").write_text("include $(INSULA)/scripts/build/outside.mk\n")
    p = make(folder)
    assert p.returncode != 0 and "PROGRAMS is empty" in p.stderr, p.stderr
