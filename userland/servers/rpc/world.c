/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the registry's decisions do: directories, doorbells and shared pages.
 */
#include "registry_internal.h"

#include <insula/handover.h>
#include <insula/rpc/client.h>
#include <insula/services/memory.h>
#include <insula/syscall.h>

RPC_DEFINE_SERVICE(MEMORY, memory)

struct directory_entry *
world_directory(pid_number_t pid)
{
	return (struct directory_entry *)(uintptr_t)RPC_DIRECTORY_ADDRESS(pid);
}

static uint64_t
rings(uint32_t entry)
{
	return RINGS_BASE + (uint64_t)entry * RING_STRIDE;
}

err_t
world_share(pid_number_t client, uint32_t client_entry, pid_number_t server, uint32_t server_entry,
    uint32_t pages)
{
	struct memory_share_in in = {
		.client = client,
		.client_address = rings(client_entry),
		.server = server,
		.server_address = rings(server_entry),
		.pages = pages,
	};
	struct memory_share_out out;
	return memory_share(rpc_to_memory(), &in, &out, TIME_NEVER);
}

err_t
world_unshare(pid_number_t pid, uint32_t entry, uint32_t pages)
{
	struct memory_unshare_in in = { .pid = pid, .address = rings(entry), .pages = pages };
	struct memory_unshare_out out;
	return memory_unshare(rpc_to_memory(), &in, &out, TIME_NEVER);
}

err_t
world_bell(
    handle_t from_estate, handle_t endpoint, handle_t to_estate, uint64_t bits, handle_t *bell)
{
	return insula_cap_copy(from_estate, endpoint, to_estate, RIGHT_NOTIFY, bits, bell);
}

/* Our own estate, so that a version after this one has the bells. */
static handle_t
own_estate(void)
{
	return registry_process(PID_RPC) == NULL ? SELF : registry_process(PID_RPC)->estate;
}

err_t
world_own_bell(handle_t estate, handle_t endpoint, handle_t *bell)
{
	handle_t own = own_estate();
	err_t err =
	    insula_cap_copy(estate, endpoint, own, RIGHT_NOTIFY, 1ull << BIT_DIRECTORY, bell);
	if (err == OK && own != SELF)
		*bell |= HANDLE_ESTATE;
	return err;
}

err_t
world_ask(pid_number_t pid, handle_t estate, handle_t *ask)
{
	return insula_cap_copy(SELF, HANDLE_MAIN_ENDPOINT, estate, RIGHT_SEND, pid, ask);
}

void
world_drop(handle_t estate, handle_t capability)
{
	(void)insula_cap_delete(estate, capability | HANDLE_ESTATE);
}

void
world_drop_own(handle_t bell)
{
	if ((bell & HANDLE_ESTATE) != 0)
		(void)insula_cap_delete(own_estate(), bell);
	else
		(void)insula_cap_delete(SELF, bell);
}

void
world_ring(handle_t bell)
{
	(void)insula_notify(bell);
}

err_t
world_endpoint(handle_t estate, handle_t *endpoint)
{
	return insula_endpoint_create(estate, estate, endpoint);
}

void
world_drop_endpoint(handle_t estate, handle_t endpoint)
{
	/* Destroying needs a handle of our own: borrow one. */
	handle_t borrowed;
	if (insula_cap_copy(estate, endpoint, SELF, RIGHT_EP_OWN, 0, &borrowed) == OK)
		(void)insula_destroy(borrowed);
}
