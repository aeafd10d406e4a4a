# SPDX-License-Identifier: BSD-2-Clause
#
# Tests. scripts/run-tests builds, runs and counts; this file knows how a unit
# test and a bare test program are compiled.
#
# A unit test is one file test/unit/AREA/test_*.c: a CMocka program for this
# machine, linked with what it names in comments of its own:
#       /* SOURCES: src/ipc/endpoint.c src/sched/ready.c */
#       /* LIBS: -lfdt */
# A file *.sources among the sources stands for those that it lists.
#
# A bare test is a folder test/system/NAME with an init.c or a bare.mk: all its
# C and assembly files are one flat program in init's place, in an Image of its
# own; those named kernel-* use no FP register but where they say so in assembly.
# test/system/lib holds what such programs share. A file *.s32 in the folder is
# assembled for AArch32, and is NAME/FILE.bin for an .incbin.

#: make test            everything: builds, unit tests, system tests; ONLY='NAME...' for some
#: make unit            the host unit tests alone
#: make soak            the system tests that take long (folders with a file named soak)

#: make bench           `name value unit` of every figure, in deterministic mode

.PHONY: test unit soak bench
bench: all test-images
	@$(PYTHON) scripts/bench

test unit soak: setup-build
	@MAKEFLAGS= MAKELEVEL= MAKEOVERRIDES= $(PYTHON) scripts/run-tests $@ $(ONLY)

# --- unit tests

UNIT     := $(O)/unit
UNIT_SRC := $(sort $(shell find test/unit -name 'test_*.c' 2>/dev/null))
HOST_CC  := gcc
HOST_DEB := $(HOST)/usr
UNIT_CFLAGS := -std=gnu11 $(filter-out -Wcast-align,$(WARNINGS)) -fno-common -g -O1 -D_GNU_SOURCE \
	-DINSULA_DEBUG -DINSULA_HOST_TEST -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -Itest/unit/include -Isrc/core/include -Isrc -Iuserland/include \
	-Iuserland/lib -isystem $(HOST_DEB)/include
UNIT_LDFLAGS := -fsanitize=address,undefined -L$(HOST_DEB)/lib/x86_64-linux-gnu \
	-Wl,-rpath,$(abspath $(HOST_DEB)/lib/x86_64-linux-gnu)

# $(call said,WORD,FILE): what FILE names in its comment /* WORD: ... */
said = $(shell awk '/\/\* *$(1):/ { on = 1; sub(/.*$(1):/, "") } \
	on { line = $$0; end = sub(/\*\/.*/, "", line); gsub(/^[ \t]*\*/, "", line); print line; \
	if (end) exit }' $(2))

define unit-object
$(UNIT)/obj/$(1).o: $(1) $(O)/unit.flags | setup-build
	@mkdir -p $$(@D)
	@echo "  HOST  $(1)"
	@$$(HOST_CC) $$(UNIT_CFLAGS) -MMD -MP -c -o $$@ $(1)
UNIT_DEPS += $(UNIT)/obj/$(1).d
endef

# $(call unit-program,TEST FILE,SOURCES,LIBS)
define unit-program
$(UNIT)/$(1:test/unit/%.c=%): $(UNIT)/obj/$(1).o $(2:%=$(UNIT)/obj/%.o)
	@mkdir -p $$(@D)
	@$$(HOST_CC) $$(UNIT_LDFLAGS) -o $$@ $$^ -lcmocka $(3)
endef

UNIT_PROGRAMS := $(UNIT_SRC:test/unit/%.c=$(UNIT)/%)

.PHONY: unit-programs
unit-programs: $(UNIT_PROGRAMS)

ifneq ($(filter unit-programs $(UNIT)/%,$(MAKECMDGOALS)),)
$(eval $(call flags-file,unit,$(HOST_CC) $(UNIT_CFLAGS)))
UNIT_USED :=
$(foreach t,$(UNIT_SRC),\
$(eval UNIT_NOW := $(foreach s,$(call said,SOURCES,$(t)),$(if $(filter %.sources,$(s)),$(shell cat $(s)),$(s))))\
$(eval UNIT_USED += $(t) $(UNIT_NOW))\
$(eval $(call unit-program,$(t),$(UNIT_NOW),$(call said,LIBS,$(t)))))
$(foreach s,$(sort $(UNIT_USED)),$(eval $(call unit-object,$(s))))
-include $(UNIT_DEPS)
endif

# --- bare test programs, and programs that only system tests put into /boot

BARE_DIRS := $(sort $(patsubst %/,%,$(dir $(wildcard test/system/*/init.c test/system/*/bare.mk \
	test/bench/*/init.c))))
TEST_LIB_SRC := $(sort $(wildcard test/system/lib/*.c test/system/lib/*.S))
TEST_LIB := $(if $(TEST_LIB_SRC),$(O)/libtest.a)

$(foreach s,$(TEST_LIB_SRC),$(eval $(call user-object,$(s),$(O)/obj/testlib/$(s).o,-Itest/system/lib)))
$(O)/libtest.a: $(TEST_LIB_SRC:%=$(O)/obj/testlib/%.o)
	@rm -f $@
	@$(AR) rcD $@ $^

# $(call narrow-code,SOURCE,NAME/FILE,NAME): a program's objects wait for it.
define narrow-code
$(O)/obj/narrow/$(2).bin: $(1) | setup-build
	@mkdir -p $$(@D)
	@echo "  AS32  $(1)"
	@$$(CROSS_GCC32) -c -x assembler-with-cpp -o $$(@:.bin=.o) $(1)
	@$$(OBJCOPY32) -O binary $$(@:.bin=.o) $$@
$(patsubst %,$(O)/obj/flat-test-$(3)/%.o,$(wildcard test/system/$(3)/*.S)): $(O)/obj/narrow/$(2).bin
endef

define bare-program
$(foreach s,$(wildcard $(1)/*.s32),$(eval $(call narrow-code,$(s),$(notdir $(1))/$(basename $(notdir $(s))),$(notdir $(1)))))
$(call flat-program,test-$(notdir $(1)),$(sort $(wildcard $(1)/*.c $(1)/*.S)),$(O)/test/$(notdir $(1)),$(firstword $(wildcard $(1)/*.ld) $(INIT_LD)),$(TEST_LIB),-Itest/system/lib -I$(O)/obj/narrow $(if $(filter kernel-%,$(notdir $(1))),-mgeneral-regs-only))
endef
$(foreach d,$(BARE_DIRS),$(eval $(call bare-program,$(d))))

# test/programs/NAME/*.c becomes $(O)/test-root/NAME.
TEST_PROGRAM_DIRS := $(sort $(patsubst %/,%,$(dir $(wildcard test/programs/*/*.c))))
PROGRAMS_test-root :=
$(foreach d,$(TEST_PROGRAM_DIRS),$(call program-folder,$(d),test-root))

.PHONY: test-images
test-images: $(foreach d,$(BARE_DIRS),$(O)/test/$(notdir $(d))/Image) \
	$(PROGRAMS_test-root:%=$(O)/test-root/%)

-include $(USER_DEPS)
