# SPDX-License-Identifier: BSD-2-Clause
#
# libinsula, init and every program. A program is a folder of C files:
# userland/{servers,drivers,bin}/NAME becomes /boot/NAME in the boot archive,
# and src/pm becomes /boot/pm. A folder with NAME-1.c, NAME-2.c, ... is the
# programs NAME-1, NAME-2, ..., each compiled with the folder's other files and
# VERSION defined as its number. Adding a program edits no file.

include scripts/build/program.mk
INIT_LD := $(firstword $(wildcard userland/init.ld userland/init/init.ld userland/lib/init.ld) $(USER_LD))

$(eval $(call flags-file,user,$(UCC) $(USER_CFLAGS)))

# --- libinsula: no FP registers, so that a handler may use it before it saves them

# Built for speed, as every call passes there; everything else for size. A loop
# over a few words stays one: calling memcpy for it would cost more.
HOT_LIB := $(addprefix userland/lib/rpc/,turn.c execute.c client.c process.c server.c)
HOT_GCC := -fno-tree-loop-distribute-patterns -fno-align-functions -fno-align-loops -fno-align-jumps
LIB_OPT = $(if $(filter $(HOT_LIB),$<),-O2 $(if $(filter gcc,$(CC_KIND)),$(HOT_GCC)))

LIB_SRC := $(filter-out userland/lib/aarch32/%,$(sort $(shell find userland/lib -name '*.c' -o -name '*.S' 2>/dev/null)))
LIB_OBJ := $(LIB_SRC:%=$(O)/obj/%.o)

$(LIB_OBJ): $(O)/user.flags | setup-build
$(LIB_OBJ): $(O)/obj/%.o: %
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(UCC) $(USER_CFLAGS) $(LIB_OPT) -mgeneral-regs-only -Iuserland/lib -MMD -MP -c -o $@ $<

$(O)/libinsula.a: $(LIB_OBJ) | setup-build
	@mkdir -p $(@D)
	@rm -f $@
	@echo "  AR    $@"
	@$(AR) rcD $@ $(LIB_OBJ)

USER_DEPS := $(LIB_OBJ:.o=.d)

# --- programs

PROGRAM_DIRS := $(sort $(patsubst %/,%,$(dir $(wildcard userland/servers/*/*.c \
	userland/drivers/*/*.c userland/bin/*/*.c src/pm/*.c))))

# $(call user-object,SOURCE,OBJECT,EXTRA FLAGS)
define user-object
$(2): $(1) $(O)/user.flags | setup-build
	@mkdir -p $$(@D)
	@echo "  CC    $(1)"
	@$$(UCC) $$(USER_CFLAGS) $(if $(filter %.S,$(1)),$$(USER_AS)) -I$(dir $(1)) $(3) -MMD -MP -c -o $$@ $(1)
USER_DEPS += $(2:.o=.d)
endef

# $(call user-program,NAME,SOURCES,EXTRA FLAGS,WHERE UNDER $(O))
define user-program
$(foreach s,$(2),$(eval $(call user-object,$(s),$(O)/obj/$(4)-$(1)/$(s).o,$(3))))
$(O)/elf/$(4)/$(1).elf: $(2:%=$(O)/obj/$(4)-$(1)/%.o) $(O)/libinsula.a $(USER_LD)
	@mkdir -p $$(@D)
	@echo "  LD    $(1)"
	@$$(CROSS_GCC) $$(USER_LDFLAGS) -T $(USER_LD) -o $$@ $(2:%=$(O)/obj/$(4)-$(1)/%.o) $$(USER_LIBS)
$(O)/$(4)/$(1): $(O)/elf/$(4)/$(1).elf
	@mkdir -p $$(@D)
	@$$(OBJCOPY) --strip-all $$< $$@
	$$(if $$(filter pm,$(1)),@$$(PYTHON) scripts/size-gate pm $$@ $$(if $$(VARIANT),--report-only))
endef

# $(call program-folder,FOLDER,WHERE): its programs, added to PROGRAMS_<WHERE>.
versions-of = $(filter $(1)/$(notdir $(1))-%.c,$(wildcard $(1)/*.c))
define program-folder
$(if $(call versions-of,$(1)),\
$(foreach v,$(call versions-of,$(1)),\
$(eval PROGRAMS_$(2) += $(basename $(notdir $(v))))\
$(eval $(call user-program,$(basename $(notdir $(v))),$(v) $(filter-out $(call versions-of,$(1)),$(sort $(wildcard $(1)/*.c))),-DVERSION=$(patsubst $(notdir $(1))-%.c,%,$(notdir $(v))),$(2)))),\
$(eval PROGRAMS_$(2) += $(notdir $(1)))\
$(eval $(call user-program,$(notdir $(1)),$(sort $(wildcard $(1)/*.c)),,$(2))))
endef

PROGRAMS_root :=
$(foreach d,$(PROGRAM_DIRS),$(call program-folder,$(d),root))
include scripts/build/userland32.mk

# --- init: a flat program behind the kernel

# $(call flat-program,NAME,SOURCES,FOLDER,LINKER SCRIPT,EXTRA OBJECTS,EXTRA FLAGS)
define flat-program
$(foreach s,$(2),$(eval $(call user-object,$(s),$(O)/obj/flat-$(1)/$(s).o,$(6))))
$(3)/init.elf: $(2:%=$(O)/obj/flat-$(1)/%.o) $(5) $(O)/libinsula.a $(4)
	@mkdir -p $$(@D)
	@echo "  LD    $$@"
	@$$(CROSS_GCC) $$(USER_LDFLAGS) -T $(4) -o $$@ $(2:%=$(O)/obj/flat-$(1)/%.o) $(5) $$(USER_LIBS)
$(3)/init.bin: $(3)/init.elf
	@$$(OBJCOPY) -O binary $$< $$@
$(3)/Image: $(O)/kernel.bin $(3)/init.bin
	$$(call image,$(3)/init.bin)
endef

INIT_SRC := $(sort $(wildcard userland/init/*.c userland/init/*.S))
ifneq ($(INIT_SRC),)
$(eval $(call flat-program,init,$(INIT_SRC),$(O),$(INIT_LD),,))
endif

# --- the boot archive

$(O)/manifest.dtb: dts/manifest.dts $(wildcard dts/*.dtsi scripts/manifest-check) | setup-build
	@mkdir -p $(@D)
	@echo "  DTC   $@"
	@dtc -I dts -O dtb -i dts -o $@.tmp $< 2>$@.log || { cat $@.log >&2; exit 1; }
	@if [ -s $@.log ]; then cat $@.log >&2; exit 1; fi
	@if [ -e scripts/manifest-check ]; then $(PYTHON) scripts/manifest-check $@.tmp; fi
	@mv $@.tmp $@

MANIFEST := $(if $(wildcard dts/manifest.dts),$(O)/manifest.dtb)

$(eval $(call flags-file,archive,$(PROGRAMS_root) $(MANIFEST)))

$(O)/boot.cpio: $(PROGRAMS_root:%=$(O)/root/%) $(MANIFEST) $(O)/archive.flags scripts/mkarchive
	@echo "  CPIO  $@"
	@$(PYTHON) scripts/mkarchive -o $@ $(MANIFEST:%=manifest.dtb=%) \
		$(foreach p,$(PROGRAMS_root),boot/$(p)=$(O)/root/$(p))

.PHONY: userland
userland: $(O)/libinsula.a $(if $(wildcard $(USER_LD)),$(PROGRAMS_root:%=$(O)/root/%)) \
	$(if $(and $(INIT_SRC),$(wildcard $(KERNEL_LD))),$(O)/Image) \
	$(if $(and $(MANIFEST),$(wildcard $(USER_LD))),$(O)/boot.cpio)
