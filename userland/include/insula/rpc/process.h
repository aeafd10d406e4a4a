/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process's own side of RPC: taking up the connections that its directory
 * names, at a first start, an update and a restart alike.
 */
#ifndef INSULA_RPC_PROCESS_H
#define INSULA_RPC_PROCESS_H

#include <insula/rpc/client.h>

/*
 * Adopt every connection of the directory; the first use of a connection calls it.
 * For a version that has no estate yet it does nothing, and rpc_serve calls it
 * when the estate is linked. May be called again.
 */
MUST_CHECK err_t rpc_process_init(void);

/*
 * Room for connections that a process has without asking for memory; the rest
 * comes from malloc. The memory insulator, which cannot ask itself, says
 *     RPC_CONNECTION_POOL(256)
 * once, outside of any function.
 */
struct rpc_connection_room {
	uint64_t words[40];
};
extern struct rpc_connection_room *const rpc_pool;
extern const uint32_t rpc_pool_count;

#define RPC_CONNECTION_POOL(n)                                       \
	static struct rpc_connection_room rpc_pool_rooms[n];         \
	struct rpc_connection_room *const rpc_pool = rpc_pool_rooms; \
	const uint32_t rpc_pool_count = (n);

#endif
