# SPDX-License-Identifier: BSD-2-Clause
#
# What the goals of this run of make need, set up once before anything is
# compiled, and quickly when it is there.
NEEDS := build aarch32
ifneq ($(filter run,$(MAKECMDGOALS)),)
NEEDS += run $(if $(filter raspi3b,$(BOARD)),board)
endif
ifneq ($(filter image,$(MAKECMDGOALS))$(if $(filter run,$(MAKECMDGOALS)),$(filter-out direct,$(BOOT))),)
NEEDS += image $(if $(filter raspi%,$(BOARD)),board card)
endif
ifneq ($(filter images,$(MAKECMDGOALS)),)
NEEDS += image board card
endif
ifneq ($(filter bench,$(MAKECMDGOALS)),)
NEEDS += run
endif
ifneq ($(filter test soak,$(MAKECMDGOALS)),)
NEEDS += run board image card test clang
endif
ifneq ($(filter unit unit-programs,$(MAKECMDGOALS)),)
NEEDS += test
endif
ifneq ($(filter lint lint-% format,$(MAKECMDGOALS)),)
NEEDS += lint
endif
ifeq ($(CC_KIND),clang)
NEEDS += clang
endif

.PHONY: setup-build
setup-build:
	@scripts/setup $(sort $(NEEDS))
