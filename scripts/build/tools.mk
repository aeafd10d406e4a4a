# SPDX-License-Identifier: BSD-2-Clause
#
# Compilers and the flags that all code shares. CROSS_COMPILE chooses another
# gcc; CC_KIND=clang the other compiler.

CROSS_COMPILE ?= aarch64-linux-gnu-

CROSS_GCC := $(CROSS_COMPILE)gcc
ifeq ($(CC_KIND),clang)
KCC := clang --target=aarch64-linux-gnu
else
KCC := $(CROSS_GCC)
endif
OBJCOPY := $(CROSS_COMPILE)objcopy
AR      := $(CROSS_COMPILE)ar
READELF := $(CROSS_COMPILE)readelf

# The compiler of 32-bit programs; CROSS_COMPILE32 chooses another.
CROSS_COMPILE32 ?= arm-none-eabi-
CROSS_GCC32 := $(CROSS_COMPILE32)gcc
OBJCOPY32   := $(CROSS_COMPILE32)objcopy
AR32        := $(CROSS_COMPILE32)ar

WARNINGS ?= -Wall -Wextra -Werror -Wshadow -Wundef -Wvla -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-align -Wwrite-strings \
	-Wimplicit-fallthrough -Wconversion -Wsign-conversion

COMMON_CFLAGS := -std=gnu11 $(WARNINGS) -fno-common -ffunction-sections -fdata-sections \
	-g -ffile-prefix-map=$(CURDIR)/=

# Errata of the Cortex-A53 that compiler and linker avoid (docs/hardware-bringup.md):
# 835769 (multiply-accumulate behind a load), 843419 (adrp at the end of a page).
ERRATA_CFLAGS := -mfix-cortex-a53-835769
ERRATA_LDFLAGS := -Wl,--fix-cortex-a53-843419

# $(call flags-file,NAME,TEXT): a file that changes only when TEXT does, for
# objects to depend on, so that other flags mean other objects.
define flags-file
$(O)/$(1).flags: FORCE
	@mkdir -p $$(@D); printf '%s\n' '$(2)' | cmp -s - $$@ || printf '%s\n' '$(2)' >$$@
endef
