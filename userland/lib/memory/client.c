/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The library's memory, from the memory insulator over the connection that
 * every process is born with. A process without one has what init gave it.
 */
#include <insula/memory.h>
#include <insula/rpc/client.h>
#include <insula/services/memory.h>

RPC_DEFINE_SERVICE(MEMORY, memory)

err_t
insula_heap_grow(uint64_t pages, uint64_t *address)
{
	struct rpc_connection *to = rpc_to_memory();
	if (to == NULL)
		return ERR_NO_MEMORY;
	struct memory_grow_out out;
	err_t err = memory_grow(to, &(struct memory_grow_in){ .pages = pages }, &out, TIME_NEVER);
	if (err == OK)
		*address = out.address;
	return err;
}

err_t
insula_stack_map(uint64_t bytes, uint64_t *top)
{
	struct rpc_connection *to = rpc_to_memory();
	if (to == NULL)
		return ERR_NO_MEMORY;
	struct memory_stack_out out;
	err_t err = memory_stack(to, &(struct memory_stack_in){ .bytes = bytes }, &out, TIME_NEVER);
	if (err == OK)
		*top = out.top;
	return err;
}

err_t
insula_stack_unmap(uint64_t top, uint64_t bytes)
{
	struct rpc_connection *to = rpc_to_memory();
	if (to == NULL)
		return ERR_NO_MEMORY;
	const struct memory_unmap_in in = { .address = top - bytes, .pages = bytes / PAGE_BYTES };
	return memory_unmap(to, &in, &(struct memory_unmap_out){}, TIME_NEVER);
}

err_t
insula_fund_grow(unsigned estate, uint64_t pages)
{
	struct rpc_connection *to = rpc_to_memory();
	if (to == NULL)
		return ERR_NO_FUND;
	const struct memory_fund_in in = { .which = estate, .pages = pages };
	return memory_fund(to, &in, &(struct memory_fund_out){}, TIME_NEVER);
}
