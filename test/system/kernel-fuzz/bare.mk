# SPDX-License-Identifier: BSD-2-Clause
#
# Deterministic: what a seed finds, it finds again.
# run: --icount --mem=32M --timeout=300
