/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine of mm_fake.h.
 */
#include "fake/mm_fake.h"
#include "core/panic.h"
#include "core/platform.h"
#include "core/trace.h"
#include "ipc/endpoint.h"
#include "mm/init_process.h"
#include "mm/shadow.h"
#include "mm/tlb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM_BYTES (FAKE_FRAMES * PAGE_BYTES)
#define KERNEL_FRAMES 16u
#define BOOT_FRAMES 4u
#define INIT_FRAMES 4u
#define INITRD_FRAMES 8u

struct mm_fake mm_fake;
struct thread *init_thread, *svc_caller;
struct space *init_space;
struct object fake_firmware, fake_irq;
struct trace_header *trace_ring;
uint64_t svc_result[8];
static char *noted;

/* --- what the processor does */

_Noreturn void
panic(const char *file, int line, const char *invariant)
{
	mm_fake.panic = invariant;
	if (mm_fake.end_armed)
		longjmp(mm_fake.end, 1);
	fprintf(stderr, "panic: %s:%d: %s\n", file, line, invariant);
	abort();
}

static bool
dropped(void)
{
	return mm_fake.flushes++ == mm_fake.drop_flush;
}

void
tlb_flush_begin(void)
{
	if (!dropped())
		shadow_flush_begin();
}

void
tlb_flush_page(uint32_t asid, uint64_t address)
{
	if (asid != 0 && !dropped())
		shadow_flush_page(asid, address);
}

void
tlb_flush_space(uint32_t asid)
{
	if (asid != 0 && !dropped())
		shadow_flush_space(asid);
}

void
tlb_flush_end(void)
{
	if (!dropped())
		shadow_flush_end();
}

void
tlb_publish(void)
{
}

void
cache_sync_code(const void *page)
{
	(void)page;
	mm_fake.code_syncs++;
}

void
granules_zero(void *memory, uint32_t granules)
{
	memset(memory, 0, (size_t)granules * GRANULE_BYTES);
}

void
page_zero(void *page)
{
	memset(page, 0, PAGE_BYTES);
}

/* --- threads and endpoints, as far as memory management knows them */

void
thread_init(
    struct thread *t, struct space *space, uint32_t priority, enum policy policy, uint32_t limit)
{
	t->space = space;
	t->ttbr0 = space->ttbr0;
	t->sched = priority;
	t->policy = (uint8_t)policy;
	t->sched_limit = limit;
	thread_set_state(t, THREAD_INACTIVE);
}

void
thread_launch(struct thread *t, uint64_t pc, uint64_t sp, uint64_t x0, uint64_t tpidr)
{
	t->regs.pc = pc;
	t->regs.sp = sp;
	t->regs.x[0] = x0;
	t->regs.tpidr = tpidr;
	thread_set_state(t, THREAD_RUNNING);
}

void
thread_stop_now(struct thread *t)
{
	t->sched |= SCHED_STOP_SPACE;
}

void
thread_unstop(struct thread *t)
{
	t->sched &= ~SCHED_STOP_SPACE;
}

bool
thread_is_stopped(const struct thread *t)
{
	return (t->sched & SCHED_STOPS) != 0;
}

bool
thread_destroy_step(struct thread *t)
{
	t->object.flags |= OBJECT_DYING;
	thread_set_state(t, THREAD_DYING);
	cap_empty(&t->fault_endpoint);
	return cap_empty_some(&t->object, true, 0);
}

void
thread_describe(const struct thread *t, uint64_t *x)
{
	x[0] = (uint64_t)thread_state(t);
	x[4] = t->object.identity;
}

bool
endpoint_destroy_step(struct endpoint *ep)
{
	ep->object.flags |= OBJECT_DYING;
	return cap_empty_some(&ep->object, true, 0);
}

/* --- boot */

static void
range(struct boot_range *r, uint64_t first, uint64_t count)
{
	r->base = FAKE_RAM_BASE + first * PAGE_BYTES;
	r->bytes = count * PAGE_BYTES;
}

/* kernel, init, boot, free, initrd | hole | free */
static void
describe(struct platform *p)
{
	unsigned at = KERNEL_FRAMES + INIT_FRAMES + BOOT_FRAMES;

	memset(p, 0, sizeof *p);
	p->ram_count = 2;
	range(&p->ram[0], 0, FAKE_HOLE_FIRST);
	range(&p->ram[1], FAKE_HOLE_FIRST + FAKE_HOLE_FRAMES,
	    FAKE_FRAMES - FAKE_HOLE_FIRST - FAKE_HOLE_FRAMES);
	range(&p->kernel, 0, KERNEL_FRAMES);
	range(&p->init, KERNEL_FRAMES, INIT_FRAMES);
	range(&p->boot, KERNEL_FRAMES + INIT_FRAMES, BOOT_FRAMES);
	range(&p->initrd, FAKE_HOLE_FIRST - INITRD_FRAMES, INITRD_FRAMES);
	p->initrd_start = p->initrd.base;
	p->initrd_bytes = p->initrd.bytes - 100;
	p->free_count = 2;
	range(&p->free[0], at, FAKE_HOLE_FIRST - INITRD_FRAMES - at);
	p->free[1] = p->ram[1];
	p->device_count = 1;
	p->devices[0].base = FAKE_DEVICE;
	p->devices[0].bytes = 2 * PAGE_BYTES;
	p->trace_pages = 4;
	p->clock_hz = 1000000000;
	p->boot_ticks = 4711;
	strcpy(p->bootargs, "quiet");
}

static void
write_init(const struct platform *p)
{
	struct init_header *header = physmap(p->init.base);

	header->magic = INIT_MAGIC;
	header->file_bytes = 2 * PAGE_BYTES + 16;
	header->memory_bytes = 5 * PAGE_BYTES;
	header->entry = sizeof *header;
	header->text_bytes = PAGE_BYTES;
}

void
mm_fake_boot(void)
{
	static struct platform platform;

	if (fake_ram == NULL) {
		fake_ram = aligned_alloc(PAGE_BYTES, RAM_BYTES);
		noted = malloc(RAM_BYTES);
	}
	memset(fake_ram, 0xa5, RAM_BYTES);
	memset(&mm_fake, 0, sizeof mm_fake);
	mm_fake.drop_flush = -1;
	shadow_reset();
	home_kernel_pages = 0;
	memset(&fake_firmware, 0, sizeof fake_firmware);
	memset(&fake_irq, 0, sizeof fake_irq);
	object_init_static(&fake_firmware, OBJECT_ENDPOINT);
	object_init_static(&fake_irq, OBJECT_IRQ);
	describe(&platform);
	write_init(&platform);
	mm_init(&platform);
	init_thread = init_process_create(&platform, &fake_firmware, &fake_irq);
	init_space = init_thread->space;
	svc_caller = init_thread;
}

/* --- calls */

uint64_t *
svc_x(const uint64_t *x)
{
	memcpy(svc_result, x, sizeof svc_result);
	return svc_result;
}

err_t
svc5(call_handler *call, struct thread *caller, uint64_t x[8])
{
	err_t err;

	mm_fake.calls = 0;
	do {
		mm_fake.calls++;
		err = call(caller, x);
		shadow_check_empty();
	} while (err == CALL_RESTART);
	return err;
}

void
mm_check(void)
{
	frame_check();
	cap_check_object(&fake_firmware);
	cap_check_object(&fake_irq);
	cap_check_object(&home_space->object);
}

void
mm_note(void)
{
	memcpy(noted, fake_ram, RAM_BYTES);
}

bool
mm_unchanged(void)
{
	return memcmp(noted, fake_ram, RAM_BYTES) == 0;
}

const struct boot_info *
fake_boot_info(void)
{
	pte_t *entry = pagetable_entry(init_space->root, BOOT_INFO);

	return physmap(pte_physical(*entry));
}

uint64_t
home_page(unsigned n)
{
	return HOME_BASE + fake_boot_info()->free[0].base + n * PAGE_BYTES;
}

struct frame *
home_frame(unsigned n)
{
	return frame_at(home_page(n) - HOME_BASE);
}

static void
must(err_t err, const char *what)
{
	if (err != OK) {
		fprintf(stderr, "%s: error %d\n", what, err);
		abort();
	}
}

handle_t
make_space(uint64_t flags, unsigned fund_from, unsigned fund_pages)
{
	must(SVC(call_space_create, INIT_SPACE, SELF, flags), "space_create");
	handle_t handle = (handle_t)svc_result[1];
	if (fund_pages != 0)
		must(SVC(call_fund, handle, home_page(fund_from), fund_pages), "fund");
	return handle;
}

struct object *
object_named(handle_t handle)
{
	struct cap_slot *slot;

	must(cap_find(init_space, handle, &slot), "a handle");
	return slot->object;
}

struct space *
space_named(handle_t handle)
{
	return (struct space *)object_named(handle);
}

struct thread *
thread_named(handle_t handle)
{
	return (void *)object_named(handle);
}

static handle_t
make_in(struct space *space, enum object_type type, size_t bytes, uint32_t rights)
{
	struct object_place place;

	must(object_place(space, init_space, type, bytes, &place), "object_place");
	if (type == OBJECT_THREAD) {
		thread_init((void *)place.object, space, 10, POLICY_FIFO, 63);
		space_add_thread(space, (void *)place.object);
	}
	cap_fill(place.slot, place.object, rights, 0);
	return place.handle;
}

handle_t
make_thread_in(struct space *space)
{
	return make_in(space, OBJECT_THREAD, sizeof(struct thread), RIGHTS_THREAD);
}

handle_t
make_endpoint_in(struct space *space)
{
	return make_in(space, OBJECT_ENDPOINT, sizeof(struct endpoint), RIGHTS_ENDPOINT);
}

const void *
frame_table_bytes(size_t *bytes)
{
	*bytes = frames.count * sizeof(struct frame);
	return frames.table;
}

uint64_t
test_random(uint64_t *seed)
{
	*seed += 0x9e3779b97f4a7c15ull;
	uint64_t z = *seed;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}
