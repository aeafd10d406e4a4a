/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one of hammer's clients does and expects: a stream of calls made from a
 * seed, and a copy of what the server must hold, so that every answer can be
 * foretold when its call is made. Portable; the ring is elsewhere.
 */
#ifndef INSULA_BIN_HAMMER_SCRIPT_H
#define INSULA_BIN_HAMMER_SCRIPT_H

#include <insula/abi/error.h>

#include <stdbool.h>
#include <stdint.h>

#define SCRIPT_KEYS 32u
#define SCRIPT_WINDOW 64u /* calls in flight at most */

enum script_operation { SCRIPT_PUT, SCRIPT_GET, SCRIPT_DELETE };

struct script_call {
	enum script_operation operation;
	uint64_t ledger_number; /* of put and delete */
	uint64_t key, value;
	/* What must come back. */
	err_t error;
	uint64_t existed, old;
};

struct script {
	uint64_t random;
	uint64_t base; /* of the keys, that are this client's alone */
	bool present[SCRIPT_KEYS];
	uint64_t value[SCRIPT_KEYS];
	uint64_t ledger_number, ledger_sum; /* as the server's ledger must have them */
	struct script_call flight[SCRIPT_WINDOW];
	uint64_t made, settled; /* calls */
};

void script_init(struct script *s, uint64_t seed, uint64_t client);

/* Make the next call; the window must not be full. */
const struct script_call *script_next(struct script *s);

/* The call that the next answer must be to, or NULL if none is awaited. */
const struct script_call *script_expected(const struct script *s);

/* Compare the next answer with what must come; true if it is that. The call is settled. */
bool script_settle(struct script *s, err_t error, uint64_t first, uint64_t second);

#endif
