# SPDX-License-Identifier: BSD-2-Clause
#
# Lint: five checks, each quiet when there is nothing to say. A suppression in
# the source carries its reason.

#: make lint            clang-format, clang-tidy, cppcheck, shellcheck, the layer check

LINT_C := $(sort $(shell find src userland test -name '*.c' 2>/dev/null))
LINT_H := $(sort $(shell find src userland test -name '*.h' 2>/dev/null))
LINT_TIDY := $(filter src/% userland/%,$(LINT_C))
SHELL_SCRIPTS = $$(grep -rlE '^\#!/bin/(ba)?sh' scripts .ci test 2>/dev/null)

.PHONY: lint lint-format lint-tidy lint-cppcheck lint-shell lint-layers format
lint: lint-format lint-shell lint-layers lint-cppcheck lint-tidy

lint-format: setup-build
	@echo "  LINT  clang-format"
	@clang-format --dry-run -Werror $(LINT_C) $(LINT_H)

lint-shell: setup-build
	@echo "  LINT  shellcheck"
	@shellcheck -e SC1091 $(SHELL_SCRIPTS)

lint-layers: setup-build
	@echo "  LINT  layer-check"
	@$(PYTHON) scripts/layer-check

lint-cppcheck: setup-build
	@echo "  LINT  cppcheck"
	@cppcheck -q -j2 --error-exitcode=1 --std=c11 --platform=unix64 --inline-suppr \
		--enable=warning,portability,performance --suppress=missingIncludeSystem \
		--suppress=unknownMacro --suppress=internalAstError --suppress=preprocessorErrorDirective \
		--suppress=pointerOutOfBounds --suppress=objectIndex --suppress=comparePointers \
		-D__GNUC__=12 -D__aarch64__ '-D_Noreturn=__attribute__((noreturn))' -Isrc/core/include -Isrc \
		-Iuserland/include $(filter src/% userland/%,$(LINT_C))

# NAME-N.c is version N of a program, as in userland.mk; any other file is of version 1.
lint-tidy: setup-build build/lint/compile_commands.json
	@echo "  LINT  clang-tidy"
	@printf '%s\n' $(LINT_TIDY) | xargs -P2 -n4 clang-tidy --quiet -p build/lint 2>build/lint/log \
		|| { grep -v 'warnings generated' build/lint/log >&2; exit 1; }

TIDY_COMMON := clang --target=aarch64-linux-gnu -std=gnu11 -nostdlibinc -Wno-unknown-attributes \
	-isystem $(ARM64)/usr/include -isystem $(PICOLIBC)/include
TIDY_KERNEL := $(TIDY_COMMON) -ffreestanding -DINSULA_DEBUG -Isrc/core/include -Isrc
TIDY_USER32 := clang --target=arm-none-eabi -march=armv8-a -std=gnu11 -nostdlibinc -D_GNU_SOURCE \
	-isystem $(HOST)/picolibc-aarch32/include -Iuserland/include -Isrc/core/include -Iuserland/lib
TIDY_USER   := $(TIDY_COMMON) -D_GNU_SOURCE -DINSULA_DEBUG -Iuserland/include \
	-Iuserland/include/posix \
	-Isrc/core/include -Iuserland/lib

build/lint/compile_commands.json: scripts/build/lint.mk FORCE
	@mkdir -p $(@D)
	@{ echo '['; sep=; for f in $(LINT_TIDY); do \
		v=$$(expr "$$f" : '.*-\([0-9]*\)\.c$$'); \
		case $$f in \
		userland/lib/aarch32/*|userland/bin32/*) c="$(TIDY_USER32)" ;; \
		src/pm/*|userland/*) c="$(TIDY_USER) -DVERSION=$${v:-1}" ;; \
		*) c='$(TIDY_KERNEL)' ;; esac; \
		printf '%s{"directory":"%s","file":"%s","command":"%s -Wall -I%s -c %s"}\n' \
			"$$sep" '$(CURDIR)' "$$f" "$$c" "$$(dirname $$f)" "$$f"; sep=,; \
	done; echo ']'; } >$@

#: make format          let clang-format rewrite the sources
format: setup-build
	@clang-format -i $(LINT_C) $(LINT_H)
