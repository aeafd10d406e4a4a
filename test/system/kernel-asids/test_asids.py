# SPDX-License-Identifier: BSD-2-Clause
"""Every address-space number in use, with the release kernel alone: the debug kernel
looks at all 65,535 spaces every 256 calls, which takes it longer than three minutes."""

from insula import RELEASE, bare


def test_the_last_address_space_number():
    bare("kernel-asids", builds=(RELEASE,), mem="256M", timeout=120)
