/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine as init leaves it: the first six processes in the fake kernel, the
 * handover that describes them, and a memory insulator that has taken it over.
 * Included by each test program once.
 */
#ifndef MEMORY_FIXTURE_H
#define MEMORY_FIXTURE_H

#include "../../../userland/servers/memory/memory.h"
#include "fake_kernel.h"

#include <insula/services/rpc.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RAM_AT(page) (FAKE_BASE + (page)*PAGE_BYTES)
/* Pages of the arena: what boot used, the archive, what init left, what is free. */
#define BOOT_PAGE 16u
#define ARCHIVE_PAGE 512u
#define ARCHIVE_PAGES 32u
#define LEFT_PAGE 544u
#define LEFT_PAGES 5u
#define FREE_PAGE 560u

static struct memory memory;
static struct handover handover;
static uint32_t next_boot_page;

static uint64_t
boot_frames(uint32_t pages)
{
	uint64_t at = RAM_AT(next_boot_page);
	next_boot_page += pages;
	assert_true(next_boot_page <= ARCHIVE_PAGE);
	return at;
}

static void
lend(pid_number_t pid, unsigned where, int space, uint64_t address, uint64_t physical,
    uint32_t pages, unsigned prot)
{
	handover.lent[handover.lents++] = (struct handover_lent){ .address = address,
		.physical = physical,
		.pages = pages,
		.prot = (uint16_t)prot,
		.pid = (uint8_t)pid,
		.estate = (uint8_t)where };
	assert_true(handover.lents <= HANDOVER_LENT);
	for (uint32_t i = 0; i < pages; i++)
		fake_map_page(space, address + i * PAGE_BYTES, physical + i * PAGE_BYTES, prot);
}

static int privates[8], estates[8], piddb_state;

static void
build_process(pid_number_t pid)
{
	struct handover_process *h = &handover.process[handover.processes++];
	h->pid = pid;
	h->instance = pid;
	privates[pid] = fake_space_new(fake.home_space, false, 0);
	estates[pid] = fake_space_new(fake.home_space, true, SLOT_ESTATE);
	fake_endpoint(estates[pid]);
	h->space_fund = 16;
	h->estate_fund = 12;
	fake_fund_from(privates[pid], boot_frames(16), 16);
	fake_fund_from(estates[pid], boot_frames(12), 12);
	h->stack_bytes = 2 * PAGE_BYTES;
	lend(pid, 0, privates[pid], MAIN_STACK_TOP - 2 * PAGE_BYTES, boot_frames(2), 2, PROT_W);
	lend(pid, 0, privates[pid], IMAGE_BASE, RAM_AT(ARCHIVE_PAGE), 3, PROT_X);
	lend(pid, 0, privates[pid], IMAGE_BASE + 3 * PAGE_BYTES, boot_frames(1), 1, PROT_W);
	if (pid == PID_INIT)
		/* The kernel made init, and it maps what it likes until it leaves. */
		fake_map_page(privates[pid], 50 * WINDOW_BYTES, boot_frames(1), PROT_W);
	h->heap_pages = 1;
	lend(pid, 0, privates[pid], HEAP_BASE, boot_frames(1), 1, PROT_W);
}

static void
build_connection(
    pid_number_t client, uint32_t client_entry, pid_number_t server, uint32_t server_entry)
{
	handover.connection[handover.connections++] = (struct handover_connection){
		.client = client,
		.server = server,
		.client_entry = client_entry,
		.server_entry = server_entry,
		.pages = 1,
	};
	uint64_t frames = boot_frames(2);
	lend(
	    client, 1, estates[client], RINGS_BASE + client_entry * RING_STRIDE, frames, 1, PROT_W);
	lend(client, 1, estates[client], RINGS_BASE + client_entry * RING_STRIDE + PAGE_BYTES,
	    frames + PAGE_BYTES, 1, PROT_R);
	lend(
	    server, 1, estates[server], RINGS_BASE + server_entry * RING_STRIDE, frames, 2, PROT_W);
}

static int
machine_set_up(void **state)
{
	(void)state;
	fake_reset();
	memset(&memory, 0, sizeof memory);
	memset(&handover, 0, sizeof handover);
	next_boot_page = BOOT_PAGE;
	for (uint32_t i = 0; i < BOOT_PAGE; i++)
		fake.frame[i].state = FRAME_RESERVED;

	fake.home_space = fake_space_new(-1, true, SLOT_HOME);
	fake_fund_from(fake.home_space, boot_frames(4), 4);
	for (pid_number_t pid = PID_INIT; pid <= PID_PROCESS; pid++)
		build_process(pid);
	fake.caller_table = estates[PID_MEMORY];
	piddb_state = fake_space_new(fake.home_space, true, SLOT_STATE);
	fake_fund_from(piddb_state, boot_frames(4), 4);
	lend(PID_PIDDB, 2, piddb_state, SLOT_STATE_BASE, boot_frames(3), 3, PROT_W);
	handover.process[PID_PIDDB - 1].memory_state = fake_handle(piddb_state);
	handover.process[PID_PIDDB - 1].state_fund = 4;
	handover.process[PID_PIDDB - 1].state_bytes = 3 * PAGE_BYTES;
	for (uint32_t i = 0; i < handover.processes; i++) {
		struct handover_process *h = &handover.process[i];
		h->memory_space = fake_handle(privates[h->pid]);
		h->memory_estate = fake_handle(estates[h->pid]);
		uint64_t directory = boot_frames(1);
		lend(h->pid, 1, estates[h->pid], DIRECTORY, directory, 1, PROT_R);
		lend(PID_RPC, 0, privates[PID_RPC], RPC_DIRECTORY_ADDRESS(h->pid), directory, 1,
		    PROT_W);
	}
	handover.memory_home = fake_handle(fake.home_space);
	const uint64_t book = boot_frames(4);
	lend(PID_MEMORY, 0, privates[PID_MEMORY], HANDOVER, book, 4, PROT_R);
	lend(PID_RPC, 0, privates[PID_RPC], HANDOVER, book, 4, PROT_R);
	lend(PID_PROCESS, 0, privates[PID_PROCESS], HANDOVER, book, 4, PROT_R);
	build_connection(PID_PROCESS, ENTRY_MEMORY, PID_MEMORY, 8);
	build_connection(PID_PROCESS, ENTRY_PIDDB, PID_PIDDB, 8);
	/* What boot did not use is the kernel's, but for what init leaves. */
	for (uint32_t i = next_boot_page; i < ARCHIVE_PAGE; i++)
		fake.frame[i].state = FRAME_RESERVED;

	handover.magic = HANDOVER_MAGIC;
	handover.bytes = sizeof handover;
	handover.ram_ranges = handover.free_ranges = 1;
	handover.ram[0] = (struct boot_range){ FAKE_BASE, FAKE_FRAMES * PAGE_BYTES };
	handover.free[0] =
	    (struct boot_range){ RAM_AT(FREE_PAGE), (FAKE_FRAMES - FREE_PAGE) * PAGE_BYTES };
	handover.archive =
	    (struct boot_range){ RAM_AT(ARCHIVE_PAGE), ARCHIVE_PAGES * PAGE_BYTES - 100 };
	for (uint32_t i = LEFT_PAGE + LEFT_PAGES; i < FREE_PAGE; i++)
		fake.frame[i].state = FRAME_RESERVED;
	uint8_t *archive = fake_bytes(RAM_AT(ARCHIVE_PAGE));
	for (uint32_t i = 0; i < ARCHIVE_PAGES * PAGE_BYTES; i++)
		archive[i] = (uint8_t)(i / 4096 * 7 + i % 251 + 1);
	assert_int_equal(memory_start(&memory, &handover, fake.home), OK);
	return 0;
}

static void
audit(void)
{
	uint64_t frames;
	uint64_t wrong = memory_audit(&memory, &frames);
	assert_int_equal(wrong, 0);
}

/* --- everything that can be seen, for "nothing has changed" */

#define SNAPSHOT_WORDS (1u << 18)
struct snapshot {
	size_t words;
	uint64_t word[SNAPSHOT_WORDS];
};

static void
snapshot_take(struct snapshot *s)
{
	size_t n = fake_dump(s->word, SNAPSHOT_WORDS);
	const struct ledger *l = &memory.ledger;
	s->word[n++] = l->free_pages;
	s->word[n++] = l->promised;
	s->word[n++] = l->own_pages;
	s->word[n++] = l->total_pages;
	for (uint32_t i = 0; i < MEMORY_BUCKETS; i++) {
		for (const struct process *p = memory.by_pid[i]; p != NULL; p = p->next) {
			s->word[n++] = p->pid;
			s->word[n++] = p->rings;
			s->word[n++] = process_user_pages(p);
			s->word[n++] = process_kernel_pages(p);
			s->word[n++] = p->state.lot.user;
			s->word[n++] = p->estate.foreign;
			s->word[n++] = p->estate.topped;
			s->word[n++] = p->state.foreign;
			s->word[n++] = p->body->space.foreign;
			s->word[n++] = p->body->space.topped;
			s->word[n++] = p->body->instance;
			s->word[n++] = p->body->space.handle;
			s->word[n++] = p->state.handle != 0;
			for (const struct region *r = p->body->regions; r != NULL; r = r->next) {
				s->word[n++] = r->base;
				s->word[n++] = r->pages;
				s->word[n++] = r->untouched;
			}
		}
	}
	s->words = n;
	assert_true(n < SNAPSHOT_WORDS);
}

static void
expect_same(const struct snapshot *before)
{
	static struct snapshot now;
	snapshot_take(&now);
	for (size_t i = 0; i < now.words && i < before->words; i++) {
		if (now.word[i] != before->word[i])
			fail_msg("word %zu of the machine's state: %llu, was %llu", i,
			    (unsigned long long)now.word[i], (unsigned long long)before->word[i]);
	}
	assert_int_equal(now.words, before->words);
}

/* --- plans */

/* Text straight from the archive, data copied and more zeros than fit one page. */
__attribute__((unused)) static struct memory_plan
plan_of_program(void)
{
	return (struct memory_plan){
		.segments = 2,
		.segment = {
			{ .address = IMAGE_BASE, .source = 4 * PAGE_BYTES,
			    .file_bytes = 3 * PAGE_BYTES - 20,
			    .memory_bytes = 3 * PAGE_BYTES - 20, .prot = PROT_X },
			{ .address = IMAGE_BASE + 8 * PAGE_BYTES + 0x40,
			    .source = 9 * PAGE_BYTES + 0x40, .file_bytes = PAGE_BYTES + 100,
			    .memory_bytes = 6 * PAGE_BYTES, .prot = PROT_W },
		},
		.stack_bytes = 16 * PAGE_BYTES,
		.quota_pages = 400,
		.space_fund = 10,
		.estate_fund = 8,
	};
}

__attribute__((unused)) static struct memory_plan
plan_of_server(void)
{
	struct memory_plan plan = plan_of_program();
	plan.state_bytes = 20 * PAGE_BYTES;
	plan.devices = 1;
	plan.device[0].physical = 0x9000000;
	plan.device[0].address = 40 * WINDOW_BYTES;
	plan.device[0].bytes = 2 * PAGE_BYTES;
	return plan;
}

static const char info[] = "process info";

__attribute__((unused)) static struct memory_built
add(pid_number_t pid, uint32_t instance, const struct memory_plan *plan)
{
	struct memory_built built = { 0 };
	assert_int_equal(
	    memory_add_process(&memory, pid, instance, plan, info, sizeof info, &built), OK);
	return built;
}

__attribute__((unused)) static void
remove_process(pid_number_t pid)
{
	uint64_t pages;
	assert_int_equal(memory_remove_process(&memory, pid, &pages), OK);
}

/* The byte that a process sees at an address. */
__attribute__((unused)) static uint8_t *
byte_at(const struct space *s, uint64_t address)
{
	const struct fake_entry *entry =
	    fake_entry_at(fake_space_of(s->handle), address & ~(PAGE_BYTES - 1));
	assert_non_null(entry);
	return (uint8_t *)fake_bytes(entry->physical) + (address & (PAGE_BYTES - 1));
}

#endif
