# SPDX-License-Identifier: BSD-2-Clause
#
# Time is the number of instructions, so that slices can be told to the microsecond.
# run: --icount --mem=32M
