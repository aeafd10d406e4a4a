/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's first steps: their order, the idle thread, and that nothing of boot
 * is left when user level begins.
 */
/* SOURCES: src/core/main.c */
#include "core/context.h"
#include "core/cpu.h"
#include "core/firmware.h"
#include "core/interrupt.h"
#include "core/kernel.h"
#include "core/platform.h"
#include "mm/home.h"
#include "mm/init_process.h"
#include "mm/physical.h"
#include "sched/sched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BOOT_PHYSICAL (FAKE_RAM_BASE + 0x3000)
#define EMPTY_SPACE 0x4711000ull

/* --- what main.c calls: each writes its letter down */

static char told[16];
static jmp_buf left;
static struct cpu cpu;
static struct thread init_thread;
static uint64_t ram[2048];
#define boot_pages (&ram[0x3000 / 8])
#define BOOT_WORDS 512u
static uint64_t hz;

struct cpu *cpu_table[CPU_MAX];
struct object irq_object;
struct endpoint firmware_endpoint;

static void
tell(char letter)
{
	const size_t n = strlen(told);
	assert_true(n + 1 < sizeof told);
	told[n] = letter;
}

void
object_init_static(struct object *object, enum object_type type)
{
	object->type = (uint8_t)type;
	tell('o');
}

struct cpu *
context_cpu(void)
{
	return &cpu;
}

void
context_init(uint64_t counter_hz)
{
	hz = counter_hz;
	tell('c');
}

uint64_t
context_no_space(void)
{
	return EMPTY_SPACE;
}

void
mm_init(const struct platform *platform)
{
	assert_int_equal(platform->clock_hz, 62500000);
	assert_ptr_equal(cpu_table[0], &cpu); /* funds and frames may look who runs */
	tell('m');
}

struct thread *
init_process_create(const struct platform *platform, struct object *firmware, struct object *irq)
{
	(void)platform;
	assert_ptr_equal(firmware, &firmware_endpoint.object);
	assert_ptr_equal(irq, &irq_object);
	assert_int_equal(firmware->type, OBJECT_ENDPOINT);
	assert_int_equal(irq->type, OBJECT_IRQ);
	tell('i');
	return &init_thread;
}

void
sched_decide(struct cpu *at)
{
	assert_ptr_equal(at, &cpu);
	assert_ptr_equal(first_thread, &init_thread);
	tell('d');
}

void
platform_unmap_boot(void)
{
	assert_int_equal(boot_pages[0], ~0ull);
	tell('u');
}

_Noreturn void
context_start(struct cpu *at)
{
	assert_ptr_equal(at, &cpu);
	tell('s');
	longjmp(left, 1);
}

static void
start(void)
{
	const struct platform platform = { .clock_hz = 62500000,
		.boot = { BOOT_PHYSICAL, 8 * BOOT_WORDS } };
	memset(told, 0, sizeof told);
	memset(ram, 0xff, sizeof ram);
	fake_ram = (char *)ram;
	if (setjmp(left) == 0)
		kernel_main(&platform);
}

/* --- */

static void
memory_comes_before_init_and_init_before_a_decision_and_boot_goes_last(void **state)
{
	(void)state;
	start();
	assert_string_equal(told, "coomidus");
	assert_int_equal(hz, 62500000);
}

static void
S1_the_idle_thread_has_priority_0_and_is_the_first_that_runs(void **state)
{
	(void)state;
	start();
	assert_ptr_equal(cpu.current, cpu.idle);
	assert_int_equal(cpu.idle->kind, THREAD_KIND_IDLE);
	assert_int_equal(thread_priority(cpu.idle), PRIORITY_IDLE);
	assert_int_equal(cpu.idle->ttbr0, EMPTY_SPACE);
}

static void
the_kernel_starts_with_its_lock_held(void **state)
{
	(void)state;
	start();
	assert_ptr_equal(cpu.lock, &kernel_lock);
	assert_true(kernel_lock_held());
}

static void
nothing_of_boot_is_left_and_nothing_else_is_touched(void **state)
{
	(void)state;
	start();
	for (size_t i = 0; i < sizeof ram / 8; i++)
		assert_int_equal(
		    ram[i], &ram[i] >= boot_pages && &ram[i] < boot_pages + BOOT_WORDS ? 0 : ~0ull);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    memory_comes_before_init_and_init_before_a_decision_and_boot_goes_last),
		cmocka_unit_test(S1_the_idle_thread_has_priority_0_and_is_the_first_that_runs),
		cmocka_unit_test(the_kernel_starts_with_its_lock_held),
		cmocka_unit_test(nothing_of_boot_is_left_and_nothing_else_is_touched),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
