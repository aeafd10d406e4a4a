/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What boot finds out about the machine and hands to kernel_main, and what the
 * platform does for the rest of the kernel afterwards: clock, timer, interrupt
 * controller, console output, power. Everything here comes from the device
 * tree; no address and no interrupt number is written in C.
 */
#ifndef INSULA_CORE_PLATFORM_H
#define INSULA_CORE_PLATFORM_H

#include <insula/abi/bootinfo.h>
#include <insula/abi/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLATFORM_DEVICES 96
#define PLATFORM_IRQ_LINES 1024

enum console_type { CONSOLE_NONE, CONSOLE_PL011, CONSOLE_MINI_UART };
enum irqchip_type { IRQCHIP_NONE, IRQCHIP_GICV2, IRQCHIP_GICV3, IRQCHIP_BCM2836 };
enum psci_method { PSCI_NONE, PSCI_HVC, PSCI_SMC };

/*
 * The machine, as boot hands it to kernel_main. It lies in boot memory: it is
 * gone when `boot` is freed. All ranges are physical and whole pages.
 *
 * Invariants
 *  B1: every frame of `ram` is in exactly one of `free`, `initrd`, `dtb`,
 *      `boot`, `init`, `kernel` and `reserved` (a page that initrd and dtb
 *      share is in both).
 *  B2: ranges of one list do not overlap, are not empty, and ascend.
 *  B3: no page of `devices` is RAM, an interrupt controller, or the mailbox.
 */
struct platform {
	uint32_t ram_count, free_count, reserved_count, device_count;
	struct boot_range ram[BOOT_RANGES];          /* below 64 GiB, without what firmware keeps */
	struct boot_range free[BOOT_RANGES];         /* nothing uses it; contents undefined */
	struct boot_range reserved[BOOT_RANGES];     /* RAM that firmware keeps; not in `ram` */
	struct boot_range devices[PLATFORM_DEVICES]; /* for home: at most 1 MiB each */
	struct boot_range initrd; /* whole pages around the archive; 0 bytes: there is none */
	struct boot_range dtb;
	struct boot_range boot; /* code, data and spare tables of boot: free once this is copied */
	struct boot_range init; /* the first program, from its init_header on: free once copied */
	struct boot_range kernel; /* what stays: page tables, text, rodata, data, bss */
	uint64_t initrd_start;    /* the archive itself, to the byte */
	uint64_t initrd_bytes;
	uint64_t clock_hz;    /* of CNTVCT_EL0 */
	uint64_t boot_ticks;  /* CNTVCT_EL0 at entry */
	bool semihosting;     /* the boot arguments contain the word */
	uint32_t trace_pages; /* of the trace's records; a power of two */
	char bootargs[1024];  /* NUL-terminated */

	/* For boot's own drivers. */
	enum console_type console_type;
	struct boot_range console;
	enum irqchip_type irqchip_type;
	struct boot_range irqchip[2]; /* GICD and GICC, GICD and GICR, or local and BCM2835 */
	uint32_t timer_line;          /* of the virtual timer */
	uint32_t timer_hz; /* what the device tree says, in place of CNTFRQ; 0: nothing */
	enum psci_method psci;
	struct boot_range watchdog; /* 0 bytes: there is none */
	struct boot_range mailbox;  /* likewise */
	uint32_t cpu_count;
	uint32_t irq_edge[PLATFORM_IRQ_LINES / 32]; /* a bit per edge-triggered line */
};

/* The kernel proper: called once, on core 0, interrupts masked, SP at its struct cpu. */
_Noreturn void kernel_main(const struct platform *platform);

/*
 * Take boot's code and data out of the kernel's mapping of the image: to be
 * called once, when nothing of boot is needed any more and before its pages
 * become anyone's (W^X: they are executable there).
 */
void platform_unmap_boot(void);

/*
 * The clock: nanoseconds of CNTVCT, monotonic, never 0. The timer is one
 * deadline per core; it interrupts as IRQ_TIMER for as long as the deadline has
 * passed and until it is set anew or turned off.
 */
uint64_t clock_now_ns(void);
void timer_set(uint64_t deadline_ns);
void timer_off(void);

/*
 * Interrupts, by flat line number:
 *   GIC                  the INTID (SPI n is 32 + n, PPI n is 16 + n)
 *   BCM2836 and BCM2835  0 to 31 the local controller's own, then
 *                        32 + 32 * bank + bit of the BCM2835 controller
 * irq_claim takes the most urgent pending line, which stays active until it is
 * ended: a device's is masked with that, so that it does not come again at once.
 * A masked line is never claimed. All lines start masked but the timer's, which
 * is IRQ_TIMER here and has no number for anybody.
 */
#define IRQ_NONE 0xffffffffu
#define IRQ_TIMER 0xfffffffeu
uint32_t irq_claim(void);
void irq_end_timer(void);
void irq_end_masked(uint32_t line);
void irq_mask(uint32_t line);
void irq_unmask(uint32_t line);
bool irq_line_valid(uint32_t line); /* whether a driver may bind it */

/* Polled output on the console that the device tree names; "\n" becomes "\r\n". */
void console_write(const char *text, size_t bytes);

/* Stop the machine; `status` reaches the host only through semihosting. */
_Noreturn void machine_power_off(int status);
_Noreturn void machine_reset(void);

/*
 * Put *word into the mailbox to the board's firmware; or, if it is 0, take out.
 * ERR_BUSY: full, or empty; ERR_CALL: the board has none.
 */
err_t machine_mailbox(uint64_t *word);

#endif
