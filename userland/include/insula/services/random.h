/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers: a generator that is seeded from what the board has.
 */
#ifndef INSULA_SERVICES_RANDOM_H
#define INSULA_SERVICES_RANDOM_H

#define RANDOM_NAME "random"
#define RANDOM_VERSION 1
#define RANDOM_DEPTH 4

#define RANDOM_OPS(OP)  \
	OP(1, bytes, 0) \
	OP(2, source, RPC_REPEATABLE)

/* As many bytes as asked for, 1 to 256. ERR_STATE: nothing on this board to seed it with. */
#define RANDOM_bytes_IN(P) P(U64, count, 0)
#define RANDOM_bytes_OUT(P) P(BYTES, data, 256)
/*
 * device 1: a hardware source adds to it; seed_bytes: what the device tree gave;
 * seeded: how often it was seeded; failures: words that the source repeated.
 */
#define RANDOM_source_IN(P)
#define RANDOM_source_OUT(P) \
	P(U64, device, 0) P(U64, seed_bytes, 0) P(U64, seeded, 0) P(U64, failures, 0)

#endif
