/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exactly once, for calls that run in turns and whose answers are shown
 * together: test_commit.c's script and more calls that only answer, killed before
 * every store of that way, as test_commit.c does it for the others.
 */
/* SOURCES: userland/lib/rpc/execute.c userland/lib/rpc/turn.c userland/lib/rpc/later.c
 * userland/lib/rpc/recover.c userland/lib/rpc/ring.c userland/lib/rpc/describe.c
 * userland/lib/state/log.c userland/lib/state/segment.c userland/lib/state/arena.c
 * userland/lib/state/schema.c userland/lib/text/text.c */
#define TURNS 1
#include "test_commit.c" /* NOLINT(bugprone-suspicious-include) */
