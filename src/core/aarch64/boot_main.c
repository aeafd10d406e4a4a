/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot, in C and with the MMU on: from the device tree's physical address to
 * kernel_main. Every way to fail prints one line and stops; until the console
 * is found there is nothing to print on.
 */
#include "core/aarch64/boot_mmu.h"
#include "core/aarch64/drivers.h"
#include "core/aarch64/kernel_stack.h"
#include "core/aarch64/memory.h"
#include "core/aarch64/sysreg.h"
#include "core/boot_platform.h"
#include "core/boot_ranges.h"

#include <libfdt.h>
#include <string.h>

#define CLOCK_HZ_MIN 1000000u
#define CLOCK_HZ_MAX 1000000000u
#define BOOT_FAILED 121 /* exit status, where the host can be told one */

extern const char image_start[], image_end[];

_Noreturn void boot_main(uint64_t dtb, uint64_t image, uint64_t level, uint64_t ticks);
_Noreturn void boot_enter_kernel(void *stack, const struct platform *platform);

static struct platform platform;

static void
boot_print(const char *text)
{
	console_write(text, strlen(text));
}

_Noreturn void
boot_fail(const char *text, const char *name)
{
	boot_print("boot: ");
	boot_print(text);
	if (name != NULL) {
		boot_print(" ");
		boot_print(name);
	}
	boot_print("\n");
	machine_power_off(BOOT_FAILED);
}

/* The tree, mapped in its own window, checked as far as libfdt does; NULL: not one. */
static const void *
boot_open_dtb(uint64_t physical, struct boot_range *range)
{
	const void *fdt;
	uint32_t bytes;

	if (physical == 0 || physical % 8 != 0 || physical >> 48 != 0)
		return NULL;
	fdt = boot_mmu_map_dtb(physical, FDT_V17_SIZE);
	bytes = fdt_magic(fdt) == FDT_MAGIC ? fdt_totalsize(fdt) : 0;
	boot_mmu_unmap_dtb();
	if (bytes < FDT_V17_SIZE || bytes > DTB_BYTES_MAX)
		return NULL;
	*range = (struct boot_range){ physical, bytes };
	return boot_mmu_map_dtb(physical, bytes);
}

/* What init takes in the Image, by its header, in whole pages. */
static struct boot_range
boot_find_init(uint64_t physical)
{
	const struct init_header *header = boot_mmu_map_dtb(physical, sizeof *header);
	uint64_t magic = header->magic;
	uint64_t bytes = header->file_bytes;

	boot_mmu_unmap_dtb();
	if (magic != INIT_MAGIC)
		boot_fail("no init program behind the kernel in the Image", NULL);
	if (bytes < sizeof *header || bytes > INIT_RESERVE)
		boot_fail("init program is larger than 512 KiB, or its header is damaged", NULL);
	return range_pages_around(physical, bytes);
}

static void
boot_scan_clock(uint64_t ticks)
{
	uint64_t hz = sysreg_read(cntfrq_el0);

	platform.clock_hz = hz != 0 ? hz : platform.timer_hz;
	platform.boot_ticks = ticks;
	if (platform.clock_hz < CLOCK_HZ_MIN || platform.clock_hz > CLOCK_HZ_MAX)
		boot_fail("generic timer's frequency is not between 1 MHz and 1 GHz", NULL);
}

/* Split the image into what boot leaves behind and what stays. */
static void
boot_split_image(uint64_t image)
{
	uint64_t tables = boot_mmu_finish();
	uint64_t end = boot_physical(image_end);

	platform.boot = (struct boot_range){ image, tables - image };
	platform.kernel = (struct boot_range){ tables, end - tables };
}

_Noreturn void
boot_main(uint64_t dtb, uint64_t image, uint64_t level, uint64_t ticks)
{
	struct boot_image memory;
	struct boot_error error;
	const void *fdt;

	boot_mmu_init(image);
	memory.image = (struct boot_range){ image, (uintptr_t)image_end - (uintptr_t)image_start };

	fdt = boot_open_dtb(dtb, &memory.dtb);
	if (fdt == NULL || fdt_check_full(fdt, memory.dtb.bytes) != 0)
		boot_fail("x0 does not hold the address of a device tree", NULL);
	error.text = NULL;
	(void)platform_scan_first(fdt, &platform, &error);
	console_init(&platform);
	machine_init(&platform);
	if (error.text != NULL)
		boot_fail(error.text, error.name);
	if (level > 2)
		boot_fail("entered at EL3, which is not supported: enter at EL2 or EL1", NULL);

	boot_mmu_unmap_dtb();
	memory.init = boot_find_init(image + memory.image.bytes);
	fdt = boot_mmu_map_dtb(dtb, memory.dtb.bytes);
	if (!platform_scan(fdt, &memory, &platform, &error))
		boot_fail(error.text, error.name);
	boot_mmu_unmap_dtb();
	boot_scan_clock(ticks);

	boot_mmu_map_ram(&platform);
	irqchip_init(&platform);
	timer_init(&platform);
	boot_mmu_unmap_page(kernel_stack0.guard);
	boot_split_image(image);
	boot_enter_kernel(&kernel_stack0.cpu, &platform);
}
