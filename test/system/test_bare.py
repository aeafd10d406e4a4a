# SPDX-License-Identifier: BSD-2-Clause
"""Runs the folders that hold a bare program and no Python test of their own."""

import shlex

import pytest

from insula import bare, bare_folders


@pytest.mark.parametrize("name,line", bare_folders(), ids=lambda v: v or "plain")
def test_bare(name, line):
    words = shlex.split(line)
    given = {}
    while words:
        option = words.pop(0).lstrip("-")
        if "=" in option:
            option, value = option.split("=", 1)
        elif words and not words[0].startswith("--"):
            value = words.pop(0)
        else:
            value = True
        given[option] = float(value) if option == "timeout" else value
    bare(name, **given)
