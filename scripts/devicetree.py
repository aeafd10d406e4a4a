# SPDX-License-Identifier: BSD-2-Clause
"""As much of the flattened device tree format as gives a machine less memory:
QEMU fills in a board's memory node itself, and leaves the reservations alone."""

import struct

HEADER = struct.Struct(">10I")
MAGIC = 0xD00DFEED


def reserve(blob, ranges):
    """The tree with these (address, bytes) reserved, before those that it has."""
    words = list(HEADER.unpack_from(blob))
    if words[0] != MAGIC:
        raise ValueError("not a device tree")
    new = b"".join(struct.pack(">QQ", *r) for r in ranges)
    at = words[4]                                   # off_mem_rsvmap
    words[1] += len(new)                            # totalsize
    for i in (2, 3):                                # off_dt_struct, off_dt_strings
        words[i] += len(new) if words[i] > at else 0
    blob = blob[:at] + new + blob[at:]
    return HEADER.pack(*words) + blob[HEADER.size:]
