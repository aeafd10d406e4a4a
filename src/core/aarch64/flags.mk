# SPDX-License-Identifier: BSD-2-Clause
#
# Only the fast path is built for speed.
HOT := src/ipc/fast.c
