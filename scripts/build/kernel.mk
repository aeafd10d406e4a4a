# SPDX-License-Identifier: BSD-2-Clause
#
# The kernel: every C and assembly file of its five folders, one ELF, one
# Image. src/core/aarch64/flags.mk, if it is there, may add to KERNEL_CFLAGS,
# KERNEL_LDFLAGS and HOT.

KERNEL_DIRS := src/core src/core/aarch64 src/ipc src/sched src/mm
KERNEL_SRC  := $(sort $(filter-out %.ld.S,$(wildcard $(KERNEL_DIRS:%=%/*.c) $(KERNEL_DIRS:%=%/*.S))))
KERNEL_OBJ  := $(KERNEL_SRC:%=$(O)/obj/%.o)
KERNEL_LD   := src/core/aarch64/kernel.ld.S

# Built for speed; everything else for size.
HOT := src/ipc/%.c

KERNEL_CFLAGS = $(COMMON_CFLAGS) -ffreestanding -mgeneral-regs-only -mstrict-align -fno-pic \
	-fno-asynchronous-unwind-tables -fno-unwind-tables -fomit-frame-pointer -mcmodel=tiny \
	$(ERRATA_CFLAGS) \
	-Isrc/core/include -Isrc -isystem $(ARM64)/usr/include -isystem $(PICOLIBC)/include
KERNEL_LDFLAGS = -nostdlib -static -no-pie -Wl,--gc-sections -Wl,-z,max-page-size=4096 \
	-Wl,--build-id=none $(ERRATA_LDFLAGS) -Wl,--no-warn-rwx-segments -Wl,-z,noexecstack -Wl,--fatal-warnings

# What a branch probably does is not worth bytes where size is what counts.
FOR_SIZE := -Os
FOR_SPEED := -O2
ifeq ($(CC_KIND),clang)
KERNEL_CFLAGS += -nostdlibinc -mno-outline-atomics -Wno-unused-command-line-argument
UBSAN := -fsanitize=undefined -fsanitize-trap=undefined
FOR_SPEED += -mtune=cortex-a53 # the smallest core we run on; one instruction less in a call
else
FOR_SIZE := -Os -fno-guess-branch-probability
KERNEL_CFLAGS += -mno-outline-atomics
UBSAN := -fsanitize=undefined -fsanitize-undefined-trap-on-error
KERNEL_GUARD := -mstack-protector-guard=global
endif

ifneq ($(DEBUGGING),)
KERNEL_CFLAGS += -DINSULA_DEBUG $(UBSAN) -fstack-protector-strong $(KERNEL_GUARD) \
	-fno-omit-frame-pointer
else
KERNEL_CFLAGS += -DNDEBUG -fno-stack-protector
endif

-include src/core/aarch64/flags.mk

KERNEL_OPT = $(if $(filter $(HOT),$<),$(FOR_SPEED),$(FOR_SIZE))

# What stays and is built for size is compiled as one by the release gcc: it
# saves a tenth. Boot code and kernel_main are told apart by their files, the
# hot ones are compiled as they stand, and the table of calls is assembly.
ifeq ($(CC_KIND)$(DEBUGGING),gcc)
APART := $(HOT) src/core/main.c src/core/boot_%.c src/core/aarch64/boot_%.c src/core/aarch64/calls.c
# Three passes make code longer, -Os or not; where a call, a switch or a fault
# passes, one of them makes it shorter to run and stays on.
SMALL := -fno-ipa-sra -fno-tree-dominator-opts
WARM := src/ipc/ipc.c src/sched/sched.c src/sched/ready.c
KERNEL_LTO = $(if $(filter $(APART),$<),,-flto -fno-fat-lto-objects $(SMALL) \
	$(if $(filter $(WARM),$<),,-fno-shrink-wrap))
KERNEL_LDFLAGS += $(KERNEL_CFLAGS) -Os $(SMALL) -flto=1 -flto-partition=one
endif

$(eval $(call flags-file,kernel,$(KCC) $(KERNEL_CFLAGS) $(KERNEL_LDFLAGS) $(HOT)))

$(KERNEL_OBJ): $(O)/kernel.flags | setup-build

$(filter %.c.o,$(KERNEL_OBJ)): $(O)/obj/%.o: %
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(KCC) $(KERNEL_CFLAGS) $(KERNEL_OPT) $(KERNEL_LTO) -MMD -MP -c -o $@ $<

$(filter %.S.o,$(KERNEL_OBJ)): $(O)/obj/%.o: %
	@mkdir -p $(@D)
	@echo "  AS    $<"
	@$(KCC) $(KERNEL_CFLAGS) -D__ASSEMBLER__ -MMD -MP -c -o $@ $<

$(O)/kernel.ld: $(KERNEL_LD) $(O)/kernel.flags | setup-build
	@mkdir -p $(@D)
	@$(CROSS_GCC) -E -P -x assembler-with-cpp $(filter -D% -U%,$(KERNEL_CFLAGS)) \
		-Isrc/core/include -Isrc -MMD -MP -MT $@ -MF $@.d -o $@ $<

# Always linked by the cross gcc, whichever compiled it.
$(O)/kernel.elf: $(KERNEL_OBJ) $(O)/kernel.ld scripts/size-gate
	@echo "  LD    $@"
	@$(CROSS_GCC) $(KERNEL_LDFLAGS) -Wl,-Map,$(O)/kernel.map -T $(O)/kernel.ld -o $@ $(KERNEL_OBJ) \
		-Wl,--start-group $(ARM64)/usr/lib/aarch64-linux-gnu/libfdt.a \
		$(PICOLIBC)/lib/libc.a -lgcc -Wl,--end-group
	@$(PYTHON) scripts/size-gate kernel $@ $(if $(VARIANT),--report-only)

$(O)/kernel.bin: $(O)/kernel.elf
	@$(OBJCOPY) -O binary $< $@
	@truncate -s %4096 $@

.PHONY: kernel
kernel: $(if $(wildcard $(KERNEL_LD)),$(O)/kernel.bin)

# Compiles everything and links nothing: for work on one part.
.PHONY: objects
objects: $(KERNEL_OBJ)

# $(call image,FLAT PROGRAM): the kernel with a first program behind it.
define image
@echo "  IMAGE $@"
@cat $(O)/kernel.bin $(1) >$@
endef

-include $(KERNEL_OBJ:.o=.d) $(O)/kernel.ld.d
