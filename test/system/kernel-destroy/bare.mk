# SPDX-License-Identifier: BSD-2-Clause
#
# Deterministic, so that a destruction is interrupted at the same points each time.
# run: --icount --mem=32M
