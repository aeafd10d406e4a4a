/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first process. Its program is mapped where the loader put it, behind the
 * kernel; the frames of its stack, its bss and its fund come from free RAM.
 * The space itself is paid for by home, the only space there is before it.
 */
#include "mm/init_process.h"
#include "core/cap.h"
#include "core/panic.h"
#include "core/platform.h"
#include "core/trace.h"
#include "mm/asid.h"
#include "mm/home.h"
#include "mm/map.h"
#include "mm/tlb.h"
#include "sched/thread.h"
#include <string.h>

#define INIT_PRIORITY 100
#define INIT_STACK_PAGES 16
#define INIT_FUND_MIN 16
#define INIT_FUND_MAX 64
#define INIT_FUND_PART 128 /* of all frames */
#define INIT_MEMORY_LIMIT (16ull << 20)

_Static_assert(sizeof(struct boot_info) <= PAGE_BYTES, "boot information is one page");

static MM_BOOT const struct init_header *
init_header(const struct platform *platform)
{
	const struct init_header *header = physmap(platform->init.base);

	if (platform->init.bytes == 0 || header->magic != INIT_MAGIC)
		PANIC("boot: there is no program behind the kernel");
	if (header->file_bytes > platform->init.bytes ||
	    header->memory_bytes < header->file_bytes || header->memory_bytes > INIT_MEMORY_LIMIT ||
	    header->text_bytes % PAGE_BYTES != 0 || header->text_bytes > header->file_bytes ||
	    header->entry >= header->text_bytes || header->entry % 4 != 0)
		PANIC("boot: the header of the program behind the kernel is wrong");
	return header;
}

static MM_BOOT uint64_t
zeroed_frame(void)
{
	uint64_t physical = mm_boot_frame();

	page_zero(physmap(physical));
	return physical;
}

static MM_BOOT void
map_program(struct space *space, const struct platform *platform, const struct init_header *header)
{
	uint64_t file_bytes = header->file_bytes, memory_bytes = header->memory_bytes;
	uint64_t text_bytes = header->text_bytes;
	char *file = physmap(platform->init.base);

	if (file_bytes % PAGE_BYTES != 0)
		memset(file + file_bytes, 0, PAGE_BYTES - file_bytes % PAGE_BYTES);
	for (uint64_t at = 0; at < memory_bytes; at += PAGE_BYTES)
		map_boot_page(space, IMAGE_BASE + at,
		    at < file_bytes ? platform->init.base + at : zeroed_frame(),
		    at < text_bytes ? PROT_X : PROT_W);
	for (uint64_t i = 1; i <= INIT_STACK_PAGES; i++)
		map_boot_page(space, MAIN_STACK_TOP - i * PAGE_BYTES, zeroed_frame(), PROT_W);
}

static MM_BOOT void
fill_boot_info(struct boot_info *info, const struct platform *platform)
{
	info->magic = BOOT_INFO_MAGIC;
	info->ram_ranges = platform->ram_count;
	memcpy(info->ram, platform->ram, sizeof info->ram);
	info->initrd.base = platform->initrd_start;
	info->initrd.bytes = platform->initrd_bytes;
	info->dtb = platform->dtb;
	info->clock_hz = platform->clock_hz;
	info->boot_ticks = platform->boot_ticks;
	info->kernel_pages = home_kernel_pages + home_space->fund.pages;
	info->trace.base = physmap_physical(trace_ring);
	info->trace.bytes = TRACE_HEADER_BYTES + platform->trace_pages * PAGE_BYTES;
#ifdef INSULA_DEBUG
	info->flags = BOOT_FLAG_DEBUG;
#endif
	memcpy(info->bootargs, platform->bootargs, sizeof info->bootargs);
	mm_boot_free_ranges(platform, info);
}

static MM_BOOT struct space *
make_space(void)
{
	struct object *object;
	uint64_t pages = frames.count / INIT_FUND_PART;

	fund_add(home_space, mm_boot_frame(), 1);
	if (fund_alloc(home_space, OBJECT_SPACE, sizeof(struct space), &object) != OK)
		PANIC("boot: a space is larger than a page");
	struct space *space = (struct space *)object;
	space_init(space, 0, asid_alloc());
	if (pages < INIT_FUND_MIN)
		pages = INIT_FUND_MIN;
	if (pages > INIT_FUND_MAX)
		pages = INIT_FUND_MAX;
	for (uint64_t i = 0; i < pages; i++)
		fund_add(space, mm_boot_frame(), 1);
	if (space_need_root(space) != OK)
		PANIC("boot: the first process's fund is too small");
	return space;
}

static MM_BOOT struct thread *
make_thread(struct space *space)
{
	struct object *object;

	if (fund_alloc(space, OBJECT_THREAD, sizeof(struct thread), &object) != OK)
		PANIC("boot: the first process's fund is too small");
	struct thread *thread = (void *)object;
	thread_init(thread, space, INIT_PRIORITY, POLICY_FIFO, PRIORITY_MAX);
	space_add_thread(space, thread);
	return thread;
}

static MM_BOOT void
give(struct space *space, struct object *object, handle_t expected, uint32_t rights, uint64_t badge)
{
	struct cap_slot *slot;
	handle_t handle;

	if (cap_reserve(space, &slot, &handle) != OK || handle != expected)
		PANIC("boot: the first capabilities are not where they belong");
	cap_fill(slot, object, rights, badge);
}

MM_BOOT struct thread *
init_process_create(const struct platform *platform, struct object *firmware, struct object *irq)
{
	const struct init_header *header = init_header(platform);
	uint64_t entry = IMAGE_BASE + header->entry;
	struct space *space = make_space();

	map_program(space, platform, header);
	struct thread *thread = make_thread(space);
	give(space, &space->object, INIT_SPACE, RIGHTS_SPACE, 0);
	give(space, &thread->object, INIT_THREAD, RIGHTS_THREAD, 0);
	/* Home pays for the spaces that are to outlive their maker. */
	give(space, &home_space->object, INIT_HOME,
	    RIGHT_LINK | RIGHT_SP_QUERY | RIGHT_CREATE | RIGHT_FUND, 0);
	give(space, firmware, INIT_FIRMWARE, RIGHT_SEND | RIGHT_EP_OWN, 0);
	give(space, irq, INIT_IRQ, RIGHT_IRQ, (PLATFORM_IRQ_LINES - 1ull) << 32);

	uint64_t info = zeroed_frame();
	map_boot_page(space, BOOT_INFO, info, PROT_R);
	fill_boot_info(physmap(info), platform);
	space_link(space, home_space);
	tlb_publish();
	thread_launch(thread, entry, MAIN_STACK_TOP, BOOT_INFO, 0);
	return thread;
}
