# SPDX-License-Identifier: BSD-2-Clause
#
# run: --mem=32M
