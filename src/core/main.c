/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel proper begins: core 0, the static objects, memory, init; then it
 * leaves for user level and only comes back by exceptions. Owns struct cpu's
 * first contents and the idle thread.
 */
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

#include <string.h>

struct kernel_lock kernel_lock;
struct thread *first_thread;

static struct thread idle_thread;

#define BOOT_TEXT __attribute__((section(".boot.text"), noinline))

/* The idle thread has no registers: while it is current, the kernel waits (call.c). */
static BOOT_TEXT void
cpu_init(struct cpu *cpu)
{
	cpu->lock = &kernel_lock;
	kernel_lock.held = 1;
	cpu_table[cpu->number] = cpu;

	idle_thread.kind = THREAD_KIND_IDLE;
	idle_thread.ttbr0 = context_no_space();
	idle_thread.sched = SCHED_STATE(THREAD_RUNNING) | PRIORITY_IDLE;
	cpu->idle = &idle_thread;
	cpu->current = &idle_thread;
}

/*
 * The first thing that is not boot's. Boot's pages are free from here on: they
 * leave the kernel's mapping, where they could be executed, and are zeroed by
 * stores (an emulator that has run code there learns of nothing less).
 */
static __attribute__((noinline)) _Noreturn void
leave_boot(struct cpu *cpu, uint64_t *boot, size_t bytes)
{
	platform_unmap_boot();
	memset(boot, 0, bytes);
	context_start(cpu);
}

BOOT_TEXT _Noreturn void
kernel_main(const struct platform *platform)
{
	struct cpu *cpu = context_cpu();
	const uint64_t clock_hz = platform->clock_hz;

	context_init(clock_hz);
	cpu_init(cpu);
	object_init_static(&irq_object, OBJECT_IRQ);
	object_init_static(&firmware_endpoint.object, OBJECT_ENDPOINT);
	mm_init(platform);
	first_thread = init_process_create(platform, &firmware_endpoint.object, &irq_object);
	sched_decide(cpu);
	leave_boot(cpu, physmap(platform->boot.base), platform->boot.bytes);
}
