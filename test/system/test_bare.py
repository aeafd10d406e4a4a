# SPDX-License-Identifier: BSD-2-Clause
"""Runs the folders that hold a bare program and no Python test of their own."""

import pytest

from insula import bare, bare_folders, given_options


@pytest.mark.parametrize("name,line", bare_folders(), ids=lambda v: v or "plain")
def test_bare(name, line):
    bare(name, **given_options(line))
