# SPDX-License-Identifier: BSD-2-Clause
#
# run: --mem=32M
# run: --cpu=cortex-a72
# run: --cpu=a64fx --append=no-aarch32
