/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Power: off and reset, by whatever the machine has for it. Tried in order:
 * semihosting (only when the boot arguments allow it), PSCI, the watchdog of
 * BCM2835; a machine with none of them stops in a loop. And the mailbox to the
 * VideoCore, word by word: its registers lie in one page with the BCM2835's
 * interrupt controller, so that no driver can have them.
 */
#include "core/aarch64/drivers.h"
#include "core/aarch64/memory.h"
#include "core/aarch64/sysreg.h"

#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_SYSTEM_RESET 0x84000009u

#define SEMIHOSTING_EXIT 0x18
#define SEMIHOSTING_APPLICATION_EXIT 0x20026

#define PM_RSTC 0x1c
#define PM_RSTS 0x20
#define PM_WDOG 0x24
#define PM_PASSWORD 0x5a000000u
#define PM_RSTC_CONFIG 0x30u
#define PM_RSTC_FULL_RESET 0x20u
#define PM_RSTS_HALT 0x555u /* firmware reads "partition 63": do not boot again */
#define PM_WDOG_TICKS 10u

#define MAIL_READ 0x00
#define MAIL_READ_STATUS 0x18
#define MAIL_WRITE 0x20
#define MAIL_WRITE_STATUS 0x38
#define MAIL_EMPTY (1u << 30)
#define MAIL_FULL (1u << 31)

static bool semihosting;
static uint8_t psci; /* enum psci_method */
static volatile void *watchdog, *mailbox;

extern const char semihosting_hlt[];

/* Nobody may be there to answer: then this is an exception, and not tried again. */
static __attribute__((noinline)) void
semihosting_exit(int status)
{
	uint64_t block[2] = { SEMIHOSTING_APPLICATION_EXIT, (uint64_t)status };
	register uint64_t x0 __asm__("x0") = SEMIHOSTING_EXIT;
	register uint64_t x1 __asm__("x1") = (uintptr_t)block;

	semihosting = false;
	__asm__ volatile(".globl semihosting_hlt\nsemihosting_hlt: hlt #0xf000"
			 : "+r"(x0)
			 : "r"(x1)
			 : "memory");
}

bool
machine_exited_at(uint64_t pc)
{
	return pc == (uintptr_t)semihosting_hlt;
}

static void
psci_call(uint32_t function)
{
	register uint64_t x0 __asm__("x0") = function;

	if (psci == PSCI_HVC)
		__asm__ volatile("hvc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
	else if (psci == PSCI_SMC)
		__asm__ volatile("smc #0" : "+r"(x0) : : "x1", "x2", "x3", "memory");
}

static void
watchdog_bite(uint32_t reason)
{
	if (watchdog == NULL)
		return;
	mmio_write(watchdog, PM_RSTS, PM_PASSWORD | reason);
	mmio_write(watchdog, PM_WDOG, PM_PASSWORD | PM_WDOG_TICKS);
	uint32_t control = mmio_read(watchdog, PM_RSTC) & ~PM_RSTC_CONFIG;
	mmio_write(watchdog, PM_RSTC, PM_PASSWORD | control | PM_RSTC_FULL_RESET);
}

static _Noreturn void
machine_halt(void)
{
	__asm__ volatile("msr daifset, #0xf");
	for (;;)
		__asm__ volatile("wfe");
}

_Noreturn void
machine_power_off(int status)
{
	if (semihosting)
		semihosting_exit(status);
	psci_call(PSCI_SYSTEM_OFF);
	watchdog_bite(PM_RSTS_HALT);
	machine_halt();
}

_Noreturn void
machine_reset(void)
{
	psci_call(PSCI_SYSTEM_RESET);
	watchdog_bite(0);
	machine_halt();
}

err_t
machine_mailbox(uint64_t *word)
{
	const bool put = *word != 0;

	if (mailbox == NULL)
		return ERR_CALL;
	dsb_sy(); /* what the word points to is in memory */
	if ((mmio_read(mailbox, put ? MAIL_WRITE_STATUS : MAIL_READ_STATUS) &
		(put ? MAIL_FULL : MAIL_EMPTY)) != 0)
		return ERR_BUSY;
	if (put)
		mmio_write(mailbox, MAIL_WRITE, (uint32_t)*word);
	else
		*word = mmio_read(mailbox, MAIL_READ);
	return OK;
}

BOOT_CODE void
machine_init(const struct platform *platform, volatile void *watchdog_registers,
    volatile void *mailbox_registers)
{
	semihosting = platform->semihosting;
	psci = (uint8_t)platform->psci;
	watchdog = watchdog_registers; /* NULL: there is none */
	mailbox = mailbox_registers;
}
