# SPDX-License-Identifier: BSD-2-Clause
#
# Programs for Insula in a folder of your own. Your Makefile is
#
#     INSULA   := ../insula
#     PROGRAMS := counter-1 counter-2 count
#     include $(INSULA)/scripts/build/outside.mk
#
# and NAME_SOURCES := a.c b.c where a program is not NAME.c alone. VERSION is
# defined as the number behind NAME's last dash. What comes of it is in out/.
#
#     make                         build (Insula too, the first time)
#     make run                     boot in QEMU with your programs in /boot
#     make run ARGS="-c 'ls'"      arguments of scripts/run; BOARD=raspi3b
#     make update NAME=PROCESS PROGRAM=NAME   swap one into the running machine
#     make clean

ifeq ($(PROGRAMS),)
$(error PROGRAMS is empty: it must name what is to be built)
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

BOARD   ?= virt
CC_KIND ?= gcc
OUT     ?= out
TOP     := $(patsubst %/,%,$(INSULA))/
O       := $(TOP)build
HOST    := $(O)/host
ARM64   := $(O)/arm64/root
PICOLIBC := $(HOST)/picolibc
WARNINGS ?= -Wall -Wextra
export PATH := $(abspath $(HOST))/bin:$(PATH)

include $(TOP)scripts/build/tools.mk
include $(TOP)scripts/build/program.mk

version_of = $(shell expr '$(1)' : '.*-\([0-9][0-9]*\)$$')
sources_of = $(or $($(1)_SOURCES),$(1).c)

# $(call outside-object,PROGRAM,SOURCE)
define outside-object
$(OUT)/obj/$(1)/$(2).o: $(2) $(O)/libinsula.a
	@mkdir -p $$(@D)
	@echo "  CC    $(2)"
	@$$(UCC) $$(USER_CFLAGS) -I. $(addprefix -DVERSION=,$(call version_of,$(1))) $$(CFLAGS) -MMD -MP -c -o $$@ $(2)
-include $(OUT)/obj/$(1)/$(2).d
endef

# $(call outside-program,PROGRAM)
define outside-program
$(foreach s,$(call sources_of,$(1)),$(eval $(call outside-object,$(1),$(s))))
$(OUT)/$(1): $(patsubst %,$(OUT)/obj/$(1)/%.o,$(call sources_of,$(1))) $(O)/libinsula.a $(USER_LD)
	@mkdir -p $$(@D) $(OUT)/elf
	@echo "  LD    $(1)"
	@$$(CROSS_GCC) $$(USER_LDFLAGS) -T $$(USER_LD) -o $(OUT)/elf/$(1).elf \
		$(patsubst %,$(OUT)/obj/$(1)/%.o,$(call sources_of,$(1))) $$(USER_LIBS)
	@$$(OBJCOPY) --strip-all $(OUT)/elf/$(1).elf $$@
endef

.PHONY: all boot run update clean
all: $(PROGRAMS:%=$(OUT)/%)

$(foreach p,$(PROGRAMS),$(eval $(call outside-program,$(p))))

$(O)/libinsula.a:
	@$(MAKE) --no-print-directory -C $(INSULA)

# Only the programs go into /boot, not what they were made from.
boot: all
	@rm -rf $(OUT)/boot && mkdir -p $(OUT)/boot && cp $(PROGRAMS:%=$(OUT)/%) $(OUT)/boot

run: boot
	@$(TOP)scripts/run --build $(O) --board $(BOARD) --add $(OUT)/boot $(ARGS)

PROGRAM ?= $(lastword $(sort $(filter $(NAME)-%,$(PROGRAMS))))
update: all
	$(if $(NAME),,$(error say which process: make update NAME=counter PROGRAM=counter-2))
	$(if $(filter $(PROGRAM),$(PROGRAMS)),,$(error PROGRAM is "$(PROGRAM)": it must be one of: $(PROGRAMS)))
	@$(TOP)scripts/update-running $(NAME) $(OUT)/$(PROGRAM)

clean:
	rm -rf $(OUT)
