# SPDX-License-Identifier: BSD-2-Clause
#
# run: --mem=32M
# run: --cpu=cortex-a72
# run: --board=raspi3b
# run: --cpu=a64fx --append=no-aarch32
