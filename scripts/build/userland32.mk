# SPDX-License-Identifier: BSD-2-Clause
#
# 32-bit programs: userland/bin32/NAME/*.c becomes /boot/NAME, for AArch32 (T32), with
# the part of libinsula that a client of services needs. Enumerations are as wide as
# AArch64's, since both sides share structs.

USER32_CFLAGS = $(COMMON_CFLAGS) -specs=$(HOST)/picolibc-aarch32.specs -D_GNU_SOURCE -Os \
	-march=armv8-a -mthumb -mfloat-abi=soft -fno-short-enums -fomit-frame-pointer \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-unwind-tables \
	-Iuserland/include -Isrc/core/include $(if $(DEBUGGING),-DINSULA_DEBUG,-DNDEBUG)
USER32_LDFLAGS = -specs=$(HOST)/picolibc-aarch32.specs -march=armv8-a -mthumb -mfloat-abi=soft \
	-nostartfiles -static -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--build-id=none \
	-Wl,--gc-sections -Wl,--no-enum-size-warning
USER32_LD := userland/lib/user32.ld

LIB32_SRC := $(sort $(wildcard userland/lib/aarch32/*.S userland/lib/aarch32/*.c) \
	$(wildcard $(addprefix userland/lib/,base/*.c cli/*.c console/*.c memory/*.c text/*.c)) \
	$(addprefix userland/lib/rpc/,client.c describe.c process.c ring.c))
LIB32_OBJ := $(LIB32_SRC:%=$(O)/obj/32/%.o)

$(eval $(call flags-file,user32,$(CROSS_GCC32) $(USER32_CFLAGS)))

$(LIB32_OBJ): $(O)/user32.flags | setup-build
$(LIB32_OBJ): $(O)/obj/32/%.o: %
	@mkdir -p $(@D)
	@echo "  CC32  $<"
	@$(CROSS_GCC32) $(USER32_CFLAGS) -Iuserland/lib -MMD -MP -c -o $@ $<

$(O)/libinsula32.a: $(LIB32_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	@echo "  AR32  $@"
	@$(AR32) rcD $@ $(LIB32_OBJ)

USER_DEPS += $(LIB32_OBJ:.o=.d)

# $(call program32,FOLDER,WHERE UNDER $(O)): one program, added to PROGRAMS_<WHERE>.
define program32
PROGRAMS_$(2) += $(notdir $(1))
$(patsubst %,$(O)/obj/32/%.o,$(wildcard $(1)/*.c)): $(O)/obj/32/%.o: % $(O)/user32.flags | setup-build
	@mkdir -p $$(@D)
	@echo "  CC32  $$<"
	@$$(CROSS_GCC32) $$(USER32_CFLAGS) -I$(1) -MMD -MP -c -o $$@ $$<
USER_DEPS += $(patsubst %,$(O)/obj/32/%.d,$(wildcard $(1)/*.c))
$(O)/elf/$(2)/$(notdir $(1)).elf: $(patsubst %,$(O)/obj/32/%.o,$(wildcard $(1)/*.c)) $(O)/libinsula32.a $(USER32_LD)
	@mkdir -p $$(@D)
	@echo "  LD32  $(notdir $(1))"
	@$$(CROSS_GCC32) $$(USER32_LDFLAGS) -T $(USER32_LD) -o $$@ $$(filter %.o,$$^) \
		-Wl,--start-group $(O)/libinsula32.a -lc -lgcc -Wl,--end-group
$(O)/$(2)/$(notdir $(1)): $(O)/elf/$(2)/$(notdir $(1)).elf
	@mkdir -p $$(@D)
	@$$(OBJCOPY32) --strip-all $$< $$@
endef

PROGRAM32_DIRS := $(sort $(patsubst %/,%,$(dir $(wildcard userland/bin32/*/*.c))))
$(foreach d,$(PROGRAM32_DIRS),$(eval $(call program32,$(d),root)))
