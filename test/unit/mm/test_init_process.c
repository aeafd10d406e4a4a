/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What boot leaves behind: the frame table, home, the first process.
 */
/* SOURCES: src/core/cap.c src/core/cap_calls.c src/core/cap_check.c src/core/object.c
 * src/mm/asid.c src/mm/check.c src/mm/death.c src/mm/frame.c src/mm/fund.c src/mm/home.c
 * src/mm/init_process.c src/mm/link.c src/mm/map.c src/mm/pagetable.c src/mm/shadow.c
 * src/mm/space.c test/unit/fake/mm_fake.c */
#include "core/trace.h"
#include "fake/mm_fake.h"

static int
boot(void **state)
{
	(void)state;
	mm_fake_boot();
	return 0;
}

static void
all_invariants_hold_after_boot(void **state)
{
	(void)state;
	mm_check();
}

static void
home_maps_every_frame_but_the_kernels_and_the_trace_read_only(void **state)
{
	(void)state;
	uint64_t reserved = 0, trace = 0;

	for (uint64_t n = 0; n < frames.count; n++) {
		const struct frame *f = &frames.table[n];
		reserved += f->state == FRAME_RESERVED;
		pte_t *e = pagetable_entry(home_space->root, HOME_BASE + frame_physical(f));
		bool mapped = f->state == FRAME_HOME || f->state == FRAME_USER;
		if (physmap(frame_physical(f)) >= (void *)trace_ring &&
		    (char *)physmap(frame_physical(f)) < (char *)trace_ring + 5 * PAGE_BYTES) {
			assert_int_equal(f->state, FRAME_RESERVED);
			assert_int_equal(pte_physical(*e), frame_physical(f));
			assert_int_equal(pte_prot(*e), PROT_R);
			assert_int_equal(pte_maximum(*e), PROT_R);
			trace++;
			continue;
		}
		assert_int_equal(pte_valid(*e), mapped);
		if (mapped) {
			assert_int_equal(pte_physical(*e), frame_physical(f));
			assert_int_equal(pte_prot(*e), PROT_W);
			assert_false(pte_is_device(*e));
		}
	}
	assert_int_equal(reserved, home_kernel_pages);
	assert_int_equal(trace, 5);
	for (uint64_t n = 0; n < FAKE_HOLE_FRAMES; n++)
		assert_int_equal(frames.table[FAKE_HOLE_FIRST + n].state, FRAME_NONE);
	pte_t *device = pagetable_entry(home_space->root, HOME_BASE + FAKE_DEVICE);
	assert_true(pte_is_device(*device));
	assert_null(frame_at(FAKE_DEVICE));
}

static void
init_has_its_capabilities_in_fixed_slots(void **state)
{
	(void)state;
	struct cap_slot *slot;

	assert_ptr_equal(object_named(INIT_SPACE), &init_space->object);
	assert_ptr_equal(object_named(INIT_THREAD), &init_thread->object);
	assert_ptr_equal(object_named(INIT_HOME), &home_space->object);
	assert_ptr_equal(object_named(INIT_FIRMWARE), &fake_firmware);
	assert_ptr_equal(object_named(INIT_IRQ), &fake_irq);
	assert_int_equal(cap_lookup(init_space, INIT_HOME, RIGHT_SP_OWN, &slot), ERR_RIGHTS);
	assert_int_equal(cap_lookup(init_space, INIT_HOME, RIGHT_MAP, &slot), ERR_RIGHTS);
	assert_ptr_equal(home_space->holder, init_space);
}

static pte_t
entry_of(uint64_t address)
{
	pte_t *e = pagetable_entry(init_space->root, address);
	return e == NULL ? 0 : *e;
}

static void
init_is_mapped_as_its_header_says(void **state)
{
	(void)state;

	assert_int_equal(pte_prot(entry_of(IMAGE_BASE)), PROT_X);
	for (unsigned i = 1; i < 5; i++)
		assert_int_equal(pte_prot(entry_of(IMAGE_BASE + i * PAGE_BYTES)), PROT_W);
	assert_false(pte_valid(entry_of(IMAGE_BASE + 5 * PAGE_BYTES)));
	assert_true(mm_fake.code_syncs >= 1);

	/* What is behind the file is zero: the end of its last page, and the bss. */
	const char *last = physmap(pte_physical(entry_of(IMAGE_BASE + 2 * PAGE_BYTES)));
	for (unsigned i = 16; i < PAGE_BYTES; i++)
		assert_int_equal(last[i], 0);
	const char *bss = physmap(pte_physical(entry_of(IMAGE_BASE + 4 * PAGE_BYTES)));
	for (unsigned i = 0; i < PAGE_BYTES; i++)
		assert_int_equal(bss[i], 0);

	/* A stack of 64 KiB with a guard page. */
	for (unsigned i = 1; i <= 16; i++)
		assert_int_equal(pte_prot(entry_of(MAIN_STACK_TOP - i * PAGE_BYTES)), PROT_W);
	assert_false(pte_valid(entry_of(MAIN_STACK_TOP - 17 * PAGE_BYTES)));
	assert_false(pte_valid(entry_of(MAIN_STACK_TOP)));
	assert_int_equal(init_thread->regs.pc, IMAGE_BASE + 40);
	assert_int_equal(init_thread->regs.sp, MAIN_STACK_TOP);
	assert_int_equal(init_thread->regs.x[0], BOOT_INFO);
}

static void
boot_info_lists_what_nobody_uses(void **state)
{
	(void)state;
	const struct boot_info *info = fake_boot_info();
	uint64_t listed = 0, home = 0;

	assert_int_equal(pte_prot(entry_of(BOOT_INFO)), PROT_R);
	assert_int_equal(info->magic, BOOT_INFO_MAGIC);
	assert_string_equal(info->bootargs, "quiet");
	assert_int_equal(info->clock_hz, 1000000000);
	assert_int_equal(info->boot_ticks, 4711);
	assert_int_equal(info->ram_ranges, 2);
	assert_int_equal(info->ram[0].base, FAKE_RAM_BASE);
	assert_int_equal(
	    info->ram[1].bytes, (FAKE_FRAMES - FAKE_HOLE_FIRST - FAKE_HOLE_FRAMES) * PAGE_BYTES);
	assert_int_equal(info->initrd.bytes % PAGE_BYTES, PAGE_BYTES - 100);
	assert_int_equal(info->kernel_pages, home_kernel_pages + 1);
	for (uint64_t i = 0; i < info->free_ranges; i++) {
		for (uint64_t at = 0; at < info->free[i].bytes; at += PAGE_BYTES) {
			assert_int_equal(frame_at(info->free[i].base + at)->state, FRAME_HOME);
			listed++;
		}
	}
	/* The rest of home's own frames: the archive, and the tail of init's. */
	for (uint64_t n = 0; n < frames.count; n++)
		home += frames.table[n].state == FRAME_HOME;
	assert_int_equal(home, listed + info->initrd.bytes / PAGE_BYTES + 1 + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_invariants_hold_after_boot, boot),
		cmocka_unit_test_setup(
		    home_maps_every_frame_but_the_kernels_and_the_trace_read_only, boot),
		cmocka_unit_test_setup(init_has_its_capabilities_in_fixed_slots, boot),
		cmocka_unit_test_setup(init_is_mapped_as_its_header_says, boot),
		cmocka_unit_test_setup(boot_info_lists_what_nobody_uses, boot),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
