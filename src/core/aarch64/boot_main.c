/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot, in C and with the MMU on: from boot_check's account of the machine to
 * kernel_main.
 */
#include "core/aarch64/boot_check.h"
#include "core/aarch64/boot_mmu.h"
#include "core/aarch64/drivers.h"
#include "core/aarch64/kernel_stack.h"
#include "core/aarch64/memory.h"

extern const char image_end[];

_Noreturn void boot_main(uint64_t image);
_Noreturn void boot_enter_kernel(void *stack, const struct platform *platform);

/* Split the image into what boot leaves behind and what stays. */
static void
boot_split_image(uint64_t image)
{
	uint64_t tables = boot_mmu_finish();
	uint64_t end = boot_physical(image_end);

	boot_platform.boot = (struct boot_range){ image, tables - image };
	boot_platform.kernel = (struct boot_range){ tables, end - tables };
}

static void *
map_device(const struct boot_range *range)
{
	return range->bytes == 0 ? NULL : device_map(range->base, range->bytes);
}

_Noreturn void
boot_main(uint64_t image)
{
	boot_check_done();
	boot_mmu_init(image);
	console_init(&boot_platform);
	machine_init(&boot_platform, map_device(&boot_platform.watchdog),
	    map_device(&boot_platform.mailbox));

	boot_mmu_map_ram(&boot_platform);
	irqchip_init(&boot_platform);
	timer_init(&boot_platform);
	boot_mmu_unmap_page(kernel_stack0.guard);
	boot_split_image(image);
	boot_enter_kernel(&kernel_stack0.cpu, &boot_platform);
}
