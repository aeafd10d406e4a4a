# SPDX-License-Identifier: BSD-2-Clause
"""Makes insula.py importable and reports the checks of bare programs as subtests."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import insula  # noqa: E402


@pytest.fixture(autouse=True)
def count_subtests(record_property):
    insula.counted.update(passed=0, failed=0)
    yield
    for kind, number in insula.counted.items():
        if number:
            record_property(f"subtests_{kind}", number)
