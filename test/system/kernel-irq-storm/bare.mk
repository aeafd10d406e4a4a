# SPDX-License-Identifier: BSD-2-Clause
#
# A device that interrupts as fast as it is acknowledged, a million times.
# run: --icount --mem=32M --timeout=240
