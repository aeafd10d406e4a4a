/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The drivers that the kernel itself needs, as boot starts them. What they
 * offer to the rest of the kernel is in core/platform.h.
 */
#ifndef INSULA_CORE_AARCH64_DRIVERS_H
#define INSULA_CORE_AARCH64_DRIVERS_H

#include "core/platform.h"

/* Code and constants of a resident file that only boot uses; freed with boot. */
#define BOOT_CODE __attribute__((section(".boot.text"), noinline))
#define BOOT_CONST __attribute__((section(".boot.rodata")))

/* A text that only such code uses. */
#define BOOT_TEXT(text)                                           \
	__extension__({                                           \
		static const char boot_text_[] BOOT_CONST = text; \
		boot_text_;                                       \
	})

/* Print "boot: TEXT NAME" and power off; name may be NULL. */
_Noreturn void boot_fail(const char *text, const char *name);

/*
 * One interrupt controller. The driver is chosen once, at boot, and its table
 * copied; that is the only indirection.
 */
struct irqchip {
	uint32_t (*claim)(void);
	void (*end)(uint32_t line);
	void (*end_masked)(uint32_t line); /* mask, then end */
	void (*mask)(uint32_t line);
	void (*unmask)(uint32_t line);
	bool (*line_valid)(uint32_t line);
};

/* Each maps its registers, masks every line, unmasks the timer's. */
const struct irqchip *gicv2_init(const struct platform *platform);
const struct irqchip *gicv3_init(const struct platform *platform);
const struct irqchip *bcm2836_init(const struct platform *platform);

/* Whether an exception at pc only means that no semihosting host is listening. */
bool machine_exited_at(uint64_t pc);

void console_init(const struct platform *platform);
void irqchip_init(const struct platform *platform);
void timer_init(const struct platform *platform);
/* Twice: with the MMU off, and with the registers' addresses when it is on; NULL: there is none. */
void machine_init(const struct platform *platform, volatile void *watchdog_registers,
    volatile void *mailbox_registers);

#endif
