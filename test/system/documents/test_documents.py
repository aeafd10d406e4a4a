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


def lacking(name, text):
    """What a call's section does not have, of what each must; one that takes no handle has no right."""
    synopsis = re.match(rf"\n`{name}\(([^`]*)\)( -> [^`]+)?`\n\n", text)
    if not synopsis:
        return ["a synopsis"]
    wanted = {"Errors": r" Errors: (none\.|those of|[^.]*`ERR_\w+`)",
              "Cost": r" Cost: (constant|logarithmic|in steps)\b"}
    if synopsis[1] and not synopsis[1].startswith("-"):
        wanted["Right"] = r" Rights?: ([A-Z_]{3,}|[^.]*'s OWN)\b"
    plain = " ".join(text.split())
    bad = [what for what, form in wanted.items() if not re.search(form, plain)]
    if "Right" not in wanted and re.search(" Rights?: ", plain):
        bad.append("a handle")
    return bad


def test_every_call_s_section_is_complete():
    sections = re.findall(r"^### \d+ (\w+)\n(.*?)(?=^##)", read("docs/abi.md"), re.M | re.S)
    assert len(sections) == len(re.findall(r"^### ", read("docs/abi.md"), re.M))
    bad = [f"{name}: {', '.join(lacking(name, text))}" for name, text in
           ((name, "\n" + text) for name, text in sections) if lacking(name, text)]
    assert not bad, bad


def test_an_incomplete_section_is_noticed():
    whole = "\n`f(x) -> y`\n\nDoes.\n\nRight: SEND. Errors: none.\nCost: constant.\n"
    assert not lacking("f", whole)
    for part, what in (("`f(x) -> y`", "a synopsis"), ("SEND", "Right"), ("Errors: none.", "Errors"),
                       ("constant", "Cost")):
        assert lacking("f", whole.replace(part, "")) == [what]
    assert lacking("f", whole.replace("f(x)", "f()")) == ["a handle"]
    assert not lacking("f", whole.replace("f(x)", "f(-, y)").replace("Right: SEND. ", ""))


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


def statements(*arguments):
    return subprocess.run([os.path.join(TOP, "scripts/statements"), *arguments],
                          capture_output=True, text=True, check=False)


def test_every_statement_has_a_test_and_the_table_names_all_that_there_are():
    p = statements("--check")
    assert p.returncode == 0, p.stderr
    numbers = re.findall(r"^\| ([A-Z]\d+) \|", read("docs/statements.md"), re.M)
    wanted = [f"S{n}" for n in range(1, 30)] + [f"C{n}" for n in range(1, 14)] \
        + ["P1", "P2", "P3", "P11"] + [f"M{n}" for n in range(1, 7)] \
        + [f"R{n}" for n in range(1, 9)] + [f"U{n}" for n in range(1, 10)]
    assert numbers == wanted
    # What may still wait for its test.
    assert set(re.findall(r"^\| (\w+) \|.*\| not yet \|", read("docs/statements.md"), re.M)) \
        <= {"R4"}


def check_of(tmp_path, text, folders):
    """What scripts/statements --check says of another page, with only these folders of test."""
    for folder in ("docs", "scripts", "test"):
        os.mkdir(tmp_path / folder)
    (tmp_path / "docs/statements.md").write_text(text)
    (tmp_path / "scripts/statements").write_text(read("scripts/statements"))
    for folder in folders:
        os.makedirs((tmp_path / "test" / folder).parent, exist_ok=True)
        os.symlink(os.path.join(TOP, "test", folder), tmp_path / "test" / folder)
    p = subprocess.run(["python3", tmp_path / "scripts/statements", "--check"],
                       capture_output=True, text=True, check=False)
    assert p.returncode == 1
    return p.stderr


def test_a_statement_without_a_test_is_noticed(tmp_path):
    text = read("docs/statements.md").replace("| S29 |", "| S30 |")
    said = check_of(tmp_path, text, os.listdir(os.path.join(TOP, "test")))
    assert "no test names S30" in said and "is out of date" in said
    assert "no test of test/system/sched-trace names S30" in said


def test_a_statement_that_is_not_observed_through_the_trace_is_noticed(tmp_path):
    system = [f"system/{n}" for n in os.listdir(os.path.join(TOP, "test/system"))]
    said = check_of(tmp_path, read("docs/statements.md"),
                    ["unit", "model", "bench", *set(system) - {"system/sched-trace"}])
    wanted = [f"S{n}" for n in range(1, 30)] + [f"C{n}" for n in range(1, 14)]
    assert "no test of test/system/sched-trace names " + ", ".join(wanted) + "\n" in said
    assert "no test names" not in said
