/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system manifest, checked and read. Portable: over libfdt alone, without
 * allocation; what it points to lies in the manifest's own bytes. A wrong
 * manifest is refused with a sentence that names node and property.
 */
#ifndef INIT_MANIFEST_H
#define INIT_MANIFEST_H

#include <insula/abi/error.h>
#include <insula/handover.h>
#include <stdbool.h>
#include <stdint.h>

#define MANIFEST_PROCESSES 24
#define MANIFEST_REASON_BYTES 160

/* Words of `grants`. */
#define GRANT_WORDS(W)                                                                 \
	W(0, home, "all memory, and the right to map it")                              \
	W(1, tables, "put capabilities into the tables of others")                     \
	W(2, spaces, "start, stop and link every process")                             \
	W(3, faults, "hand out the endpoint that faults go to")                        \
	W(4, firmware, "power off and reset")                                          \
	W(5, irq, "the interrupt line of its device; for the process manager: of any") \
	W(6, device, "the registers of its device")                                    \
	W(7, archive, "read the boot archive")                                         \
	W(8, trace, "read the kernel's trace")                                         \
	W(9, tracing, "turn the kernel's trace on and off")                            \
	W(10, mailbox, "words through the mailbox to the board's firmware")            \
	W(11, dma, "a page of memory for a device to read and write")

enum grant_word {
#define W(number, name, text) WORD_##name = (number),
	GRANT_WORDS(W)
#undef W
	    GRANT_WORD_COUNT
};

struct manifest_grant {
	enum grant_word word;
	char name[24]; /* in PROCESS_INFO: the word, or what stands before "=" */
};

struct manifest_process {
	const char *name; /* the node's */
	const char *binary;
	const char *service; /* NULL: none */
	const char *device;  /* NULL: none; "stdout", "upload" or compatibles, one behind another */
	const char
	    *arguments; /* `arguments` strings one behind the other, arguments_bytes in all */
	uint32_t arguments_bytes, arguments_count, device_bytes;
	uint32_t interrupt;   /* which of the device's */
	enum first_pid first; /* which of the five it is; 0: none of them */
	enum policy policy;
	uint32_t priority;
	uint32_t stack_bytes, heap_pages, quota_pages, space_fund, estate_fund;
	uint32_t flags; /* SPAWN_* */
	bool device_optional;
	uint32_t grants;
	struct manifest_grant grant[SPAWN_GRANTS];
	uint32_t calls; /* bit n: PID n, of the five */
	uint32_t after; /* bit n: process[n] is to be ready first */
};

struct manifest {
	uint32_t count;
	/* The five in the order of their PIDs, then the others, each behind what it is `after`. */
	struct manifest_process process[MANIFEST_PROCESSES];
	char reason[MANIFEST_REASON_BYTES];
};

/* OK, or ERR_BAD_MANIFEST with m->reason. */
MUST_CHECK err_t manifest_read(struct manifest *m, const void *file, uint64_t bytes);

bool manifest_has_grant(const struct manifest_process *p, enum grant_word word);

/* The manifest's name for one of the five, "piddb"; NULL for another number. */
const char *first_name(unsigned pid);

#endif
