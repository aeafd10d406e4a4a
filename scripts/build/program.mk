# SPDX-License-Identifier: BSD-2-Clause
#
# How a program is compiled and linked, in this tree and outside of it (outside.mk).
# TOP is the way to this tree with a slash at its end, or nothing.

# gcc finds picolibc by its specs; clang is told. The linker is always gcc's.
ifeq ($(CC_KIND),clang)
UCC := clang --target=aarch64-linux-gnu
USER_LIBC := -nostdlibinc -isystem $(PICOLIBC)/include -ftls-model=local-exec -Wno-unknown-attributes
USER_AS := -fno-integrated-as # the macros of our assembly are in gas's language
else
UCC := $(CROSS_GCC)
USER_LIBC := -specs=$(HOST)/picolibc.specs
endif

USER_CFLAGS = $(COMMON_CFLAGS) $(USER_LIBC) -D_GNU_SOURCE -Os -fno-pic -fno-pie \
	$(ERRATA_CFLAGS) -fno-stack-protector -mno-outline-atomics -fno-asynchronous-unwind-tables -fno-unwind-tables \
	-I$(TOP)userland/include -I$(TOP)userland/include/posix -I$(TOP)src/core/include \
	-isystem $(ARM64)/usr/include $(if $(DEBUGGING),-DINSULA_DEBUG,-DNDEBUG)
USER_LDFLAGS = -specs=$(HOST)/picolibc.specs -nostartfiles -static -no-pie \
	$(ERRATA_LDFLAGS) -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--build-id=none \
	-Wl,--gc-sections
USER_LIBS = -Wl,--start-group $(O)/libinsula.a \
	$(ARM64)/usr/lib/aarch64-linux-gnu/libfdt.a $(ARM64)/usr/lib/aarch64-linux-gnu/libsodium.a \
	-lc -lgcc -Wl,--end-group
USER_LD := $(TOP)userland/lib/user.ld
