/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that a program can see of the processor, and ways to pass through the
 * kernel with all of it known.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <stdint.h>

struct image {
	uint64_t x[31];
	uint64_t flags; /* NZCV */
	uint64_t tpidr;
	uint64_t fpcr, fpsr;
	uint64_t pad;
	unsigned __int128 v[32];
};
_Static_assert(sizeof(struct image) == 288 + 512, "registers.S knows the offsets");

/*
 * Load everything from `in`, do the one thing, store everything to `out`. SP is
 * the function's; x0 is clobbered by spin_x0, x30 by spin_x30.
 */
void pass_spin_x0(const struct image *in, struct image *out);
void pass_spin_x30(const struct image *in, struct image *out);
void pass_null(const struct image *in, struct image *out);
void pass_yield(const struct image *in, struct image *out);
void pass_call(const struct image *in, struct image *out);
void pass_recv(const struct image *in, struct image *out);
void pass_reply_recv(const struct image *in, struct image *out);
void pass_notify(const struct image *in, struct image *out);
void pass_query(const struct image *in, struct image *out);
void pass_udf(const struct image *in, struct image *out);
void pass_load_x1(const struct image *in, struct image *out);
/* The same, FP registers neither loaded nor stored. */
void plain_yield(const struct image *in, struct image *out);
void plain_call(const struct image *in, struct image *out);
void plain_recv(const struct image *in, struct image *out);
void plain_reply_recv(const struct image *in, struct image *out);
void plain_notify(const struct image *in, struct image *out);
void plain_query(const struct image *in, struct image *out);
/* The registers as a new thread finds them, x0 being where to store them; then x0's x[0] is 1. */
void note_registers(struct image *out);

#endif
