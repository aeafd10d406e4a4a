# SPDX-License-Identifier: BSD-2-Clause
#
# One contract for each interrupt controller.
# run: --mem=32M
# run: --gic=3 --mem=32M
