/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of init share. init is the first process: it builds the five
 * servers by hand from the manifest, hands everything over and leaves.
 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include "manifest.h"

#include <insula/bare.h>
#include <insula/cpio.h>
#include <insula/handover.h>

/* One of the six that are built here; init itself is the first. */
struct server {
	const struct manifest_process *m; /* NULL: init */
	const char *name;
	pid_number_t pid;
	handle_t space, estate, state; /* init's handles, all rights */
	handle_t thread;
	uint64_t entry;
	struct process_info *info;         /* in home; what becomes of it at PROCESS_INFO */
	struct directory_entry *directory; /* in home */
	uint64_t directory_frame;
	uint32_t entries; /* of the directory, in use or kept for birth */
	struct handover_process *record;
};

struct init {
	struct manifest manifest;
	struct cpio archive;
	struct boot_range archive_range; /* physical, to the byte */
	struct handover *handover;       /* in home */
	uint64_t handover_frame;
	struct server server[HANDOVER_PROCESSES]; /* by PID, from PID_INIT on */
};

extern struct init init;

static inline struct server *
server_of(unsigned pid)
{
	return &init.server[pid - PID_INIT];
}

/* --- main.c: ends in bare_fatal when the program's note says another service than its node. */
struct elf_image;
void check_service(const struct manifest_process *m, const struct elf_image *image);

/* --- build.c: memory of a server. All of these end in bare_fatal when they fail. */

enum where { IN_SPACE, IN_ESTATE, IN_STATE };

/* Zeroed frames, or the end: names what they were for. */
uint64_t take_frames(unsigned pages, const char *what);
/* Map frames and write it down in the handover. */
void lend(struct server *s, enum where where, uint64_t address, uint64_t frame, unsigned pages,
    unsigned prot);
/* The same for pages that are nobody's frames, or read-only to several: not written down. */
void show(struct server *s, uint64_t address, uint64_t physical, unsigned pages, unsigned prot);
/*
 * Put a capability into a table; the table's space is given what it lacks for
 * that. Returns the handle as the table's holder uses it.
 */
handle_t give(handle_t from, handle_t handle, handle_t to, uint64_t rights, uint64_t badge);
/* A grant in PROCESS_INFO. */
void add_grant(struct server *s, const char *name, uint64_t value, uint64_t extra);

/* Private space, estate, main endpoint, directory, PROCESS_INFO. */
void build_server(struct server *s);
/* The same for init itself, which has a space and a page. */
void build_own(struct server *s);
/* An estate for the state segment, not linked yet. */
void build_state(struct server *s);

/* --- image.c: the program: file, image, stack, heap, state */
void load_program(struct server *s);

/* --- connect.c */
void connect_all(void);

/* --- grants.c: capabilities, as the manifest has them; threads */
void grant_all(void);
void start_all(void);

/* --- board.c: what the manifest asks of the board's device tree */

/* The device of one process of the manifest. */
struct board_device {
	bool there;
	uint64_t base, bytes; /* of its registers */
	uint32_t line;        /* where irq is granted */
	handle_t irq;         /* in the manager's estate table */
	uint64_t dma;         /* physical address of its page, where dma is granted */
	char compatible[64];  /* the first name */
};

struct board {
	struct board_device device[MANIFEST_PROCESSES]; /* as init.manifest.process */
	char model[64], compatible[64];
	char seed[2 * 64 + 1]; /* hexadecimal; "": the board has none to give */
	uint64_t dma_offset;   /* what a device adds to a physical address */
};
extern struct board board;

/* Reads all of it, as long as the device tree can be read. */
void board_devices(void);

/* --- spawn.c: everything else, through the process manager */
void board_grants(void);
void spawn_the_rest(void);

#endif
