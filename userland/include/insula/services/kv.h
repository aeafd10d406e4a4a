/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key-value service: a table that outlives versions and crashes, and a
 * ledger of every client's numbered calls, so that a client can prove that none
 * was lost, repeated or reordered.
 *
 * Version 2 adds an operation and a result. A client of version 1 is served by
 * both; one of version 2 is refused by version 1.
 */
#ifndef INSULA_SERVICES_KV_H
#define INSULA_SERVICES_KV_H

#define KV_NAME "kv"
#define KV_VERSION 1
#define KV_DEPTH 64

#define KV_OPS(OP)                    \
	OP(1, put, 0)                 \
	OP(2, get, 0)                 \
	OP(3, delete, 0)              \
	OP(4, count, RPC_REPEATABLE)  \
	OP(5, begin, 0)               \
	OP(6, ledger, RPC_REPEATABLE) \
	OP(7, end, 0)

/* client: from begin, or 0 for none; number: that client's calls of put and delete, from 1 on. */
#define KV_put_IN(P) P(U64, client, 0) P(U64, number, 0) P(U64, key, 0) P(U64, value, 0)
#define KV_put_OUT(P) P(U64, existed, 0) P(U64, old, 0)
/* ERR_NOT_FOUND: there is no such key. */
#define KV_get_IN(P) P(U64, key, 0)
#define KV_get_OUT(P) P(U64, value, 0)
#define KV_delete_IN(P) P(U64, client, 0) P(U64, number, 0) P(U64, key, 0)
#define KV_delete_OUT(P) P(U64, existed, 0) P(U64, old, 0)
#define KV_count_IN(P)
#define KV_count_OUT(P) P(U64, count, 0) P(U64, room, 0)
/* A line in the ledger, and its end. */
#define KV_begin_IN(P)
#define KV_begin_OUT(P) P(U64, client, 0)
#define KV_ledger_IN(P) P(U64, client, 0)
#define KV_ledger_OUT(P) \
	P(U64, calls, 0) P(U64, last, 0) P(U64, repeated, 0) P(U64, skipped, 0) P(U64, sum, 0)
#define KV_end_IN(P) P(U64, client, 0)
#define KV_end_OUT(P)

/* sum after a call: how the ledger and its reader reckon it. */
#define KV_LEDGER_SUM(sum, number, key, value) \
	(((sum) ^ (number) ^ (key) ^ (value)) * 0x100000001b3ull)

/* --- version 2 */

#define KV2_NAME KV_NAME
#define KV2_VERSION 2
#define KV2_DEPTH KV_DEPTH
/* Written out: a list cannot be part of another. */
#define KV2_OPS(OP)                   \
	OP(1, put, 0)                 \
	OP(2, get, 0)                 \
	OP(3, delete, 0)              \
	OP(4, count, RPC_REPEATABLE)  \
	OP(5, begin, 0)               \
	OP(6, ledger, RPC_REPEATABLE) \
	OP(7, end, 0)                 \
	OP(8, incr, 0)
#define KV2_put_IN(P) KV_put_IN(P)
#define KV2_put_OUT(P) KV_put_OUT(P)
#define KV2_get_IN(P) KV_get_IN(P)
/* hits: how often the key was read since it was put. */
#define KV2_get_OUT(P) KV_get_OUT(P) P(U64, hits, 0)
#define KV2_delete_IN(P) KV_delete_IN(P)
#define KV2_delete_OUT(P) KV_delete_OUT(P)
#define KV2_count_IN(P) KV_count_IN(P)
#define KV2_count_OUT(P) KV_count_OUT(P)
#define KV2_begin_IN(P) KV_begin_IN(P)
#define KV2_begin_OUT(P) KV_begin_OUT(P)
#define KV2_ledger_IN(P) KV_ledger_IN(P)
#define KV2_ledger_OUT(P) KV_ledger_OUT(P)
#define KV2_end_IN(P) KV_end_IN(P)
#define KV2_end_OUT(P) KV_end_OUT(P)
/* A key that is not there counts from 0. */
#define KV2_incr_IN(P) P(U64, client, 0) P(U64, number, 0) P(U64, key, 0) P(U64, by, 1)
#define KV2_incr_OUT(P) P(U64, value, 0)

#endif
