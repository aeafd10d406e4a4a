/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that exists only as its books: spaces, capabilities, mappings and
 * funds, with the checks of the real calls and none of their effects on a
 * machine. RAM is an arena; a frame that is the kernel's is poisoned.
 *
 * The caller is always the memory insulator: handles are looked up in its
 * estate's table. Any call that can fail can be made to.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <insula/syscall.h>

#include <stdbool.h>
#include <stddef.h>

#define FAKE_FRAMES 4096u
#define FAKE_BASE 0x40000000ull
#define FAKE_SPACES 64
#define FAKE_ENTRIES 2048
#define FAKE_SLOTS 512
#define FAKE_FUND 256
#define FAKE_TABLES 64

struct fake_cap {
	int object; /* space number + 1, or -(endpoint's space) - 1; 0: empty */
	uint32_t rights, generation;
	uint64_t badge;
};

struct fake_entry {
	uint64_t address, physical;
	unsigned prot;
};

struct fake_table {
	uint64_t key;
	uint32_t entries;
};

struct fake_space {
	bool used, estate;
	unsigned slot;
	int payer;
	uint32_t entries;
	struct fake_entry entry[FAKE_ENTRIES];
	struct fake_table last[FAKE_TABLES], middle[FAKE_TABLES];
	bool root;
	uint32_t fund_pages, spaces, endpoints;
	uint64_t fund[FAKE_FUND];
	uint32_t cap_fresh;
	struct fake_cap cap[FAKE_SLOTS];
};

struct fake_frame {
	enum frame_state state;
	uint32_t count;
};

struct fake_kernel {
	uint8_t *ram;
	uint8_t *home; /* where the frame of physical 0 would be */
	struct fake_frame frame[FAKE_FRAMES];
	struct fake_space space[FAKE_SPACES];
	int caller_table; /* memory's estate */
	int home_space;
	uint32_t fallible; /* calls made that can fail */
	uint32_t fail_at;  /* the fallible call that fails, 1 is the next; 0: none */
	err_t fail_with;
	uint32_t maps, funds, calls, faults_left;
};

extern struct fake_kernel fake;

void fake_reset(void);
int fake_space_new(int payer, bool estate, unsigned slot);
void fake_fund_from(int space, uint64_t physical, uint32_t pages);
void fake_map_page(int space, uint64_t address, uint64_t physical, unsigned prot);
/* A main endpoint in an estate. */
void fake_endpoint(int space);
/* Puts a capability of a space into the caller's table. */
handle_t fake_handle(int space);
int fake_space_of(handle_t handle);
/* The page of a space, NULL if none is mapped there. */
const struct fake_entry *fake_entry_at(int space, uint64_t address);
void *fake_bytes(uint64_t physical);
uint32_t fake_spare(int space);
uint32_t fake_caps(int space);

/* The kernel's whole state as numbers, in an order that history has no part in. */
size_t fake_dump(uint64_t *to, size_t room);

#endif
