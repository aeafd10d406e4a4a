# SPDX-License-Identifier: BSD-2-Clause
"""A document that lies is a bug: what README shows is what is printed, every
call has its section, every path and function that a document names is there."""

import glob
import os
import re
import subprocess

import pytest

from insula import TOP


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as f:
        return f.read()


@pytest.mark.parametrize("document", ["README.md", "docs/outside.md"])
def test_a_document_shows_what_its_commands_print(document):
    p = subprocess.run([os.path.join(TOP, "scripts/doc-output"), "--check",
                        os.path.join(TOP, document)], capture_output=True, text=True, check=False)
    assert p.returncode == 0, p.stdout + p.stderr


def test_every_kernel_call_has_a_section():
    header = read("src/core/include/insula/abi/call.h")
    calls = re.findall(r"C\((\d+), (\w+)\)", header)
    count = int(re.search(r"CALL_COUNT = (\d+)", header).group(1))
    sections = re.findall(r"^### (\d+) (\w+)$", read("docs/abi.md"), re.M)
    assert len(calls) == count - 1 and sections == calls


def test_every_error_that_abi_names_exists():
    errors = set(re.findall(r"E\(-?\d+, (\w+),", read("src/core/include/insula/abi/error.h")))
    assert set(re.findall(r"`(ERR_\w+)`", read("docs/abi.md"))) <= errors


def test_every_path_that_a_document_names_exists():
    missing = []
    for doc in ["README.md", "CONTRIBUTING.md", *glob.glob("docs/*.md", root_dir=TOP)]:
        for path in re.findall(r"`((?:src|userland|test|scripts|dts|docs)/[\w./-]+)`", read(doc)):
            if "NAME" not in path and not os.path.exists(os.path.join(TOP, path)):
                missing.append(f"{doc}: {path}")
    assert not missing, missing


def test_every_function_on_the_ipc_path_exists():
    sources = "".join(read(p) for p in glob.glob("src/**/*.[chS]", root_dir=TOP, recursive=True))
    text = read("docs/ipc-path.md")
    named = set(re.findall(r"`(\w*_\w+)`", text)) - {"null"}
    assert len(named) > 20
    assert not [n for n in named if not re.search(rf"\b{n}\b", sources)]
