/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RPC insulator's records: processes, services, connections and how their
 * clients described them. They are the server's state. The records decide; what
 * they decide is done to directories, estates and rings through registry_* below.
 *
 *   G1  a connection has an entry in the directory of each side that has not
 *       released it; the entries of a side are unique
 *   G2  a connection's service exists, or both its entries are closed
 *   G3  a description is kept while a service or a connection refers to it
 */
#ifndef INSULA_SERVERS_RPC_REGISTRY_H
#define INSULA_SERVERS_RPC_REGISTRY_H

#include <insula/rpc/describe.h>
#include <insula/rpc/ring.h>
#include <insula/services/rpc.h>
#include <insula/state/state.h>

#define PROCESSES 128
#define SERVICES 48
#define CONNECTIONS 512
#define DESCRIPTIONS 64

/* pid 0: free. bell: NOTIFY with BIT_DIRECTORY on its main endpoint, in our estate table. */
#define PROCESS_RECORD(FIELD, ARRAY) \
	FIELD(pid, U32, 0) FIELD(estate, U32, 0) FIELD(bell, U32, 0) FIELD(reserved, U32, 0)
/* sid 0: free. */
#define SERVICE_RECORD(FIELD, ARRAY) \
	FIELD(pid, U32, 0)           \
	FIELD(sid, U32, 0)           \
	FIELD(endpoint, U32, 0)      \
	FIELD(description, U32, 0)   \
	FIELD(version, U32, 0)       \
	FIELD(depth, U32, 0)         \
	FIELD(age, U64, 0)           \
	ARRAY(name, CHAR, NAME_BYTES, 0)
/* client and server 0: that side has released it; both: free. */
#define CONNECTION_RECORD(FIELD, ARRAY) \
	FIELD(client, U32, 0)           \
	FIELD(client_entry, U32, 0)     \
	FIELD(server, U32, 0)           \
	FIELD(server_entry, U32, 0)     \
	FIELD(cid, U32, 0)              \
	FIELD(sid, U32, 0)              \
	FIELD(description, U32, 0)      \
	FIELD(pages, U32, 0)            \
	FIELD(depth, U32, 0)            \
	FIELD(own_endpoint, U32, 0)     \
	FIELD(flags, U32, 0)            \
	FIELD(open, U32, 0)
/* users 0: free. Behind it, what is read from the bytes when they are first kept. */
#define DESCRIPTION_RECORD(FIELD, ARRAY) \
	FIELD(users, U32, 0)             \
	FIELD(bytes, U32, 0)             \
	FIELD(hash, U32, 0)              \
	FIELD(version, U32, 0)           \
	FIELD(depth, U32, 0)             \
	FIELD(in_bytes, U32, 0)          \
	FIELD(out_bytes, U32, 0)         \
	FIELD(name, U32, 0)              \
	ARRAY(data, U8, RPC_DESCRIPTION_BYTES, 0)
/* places: connections at it and above have never been used. */
#define REGISTRY_STATE(FIELD, ARRAY, RECORDS)                                    \
	FIELD(adopted, U32, 0)                                                   \
	FIELD(places, U32, CONNECTIONS)                                          \
	FIELD(age, U64, 0)                                                       \
	RECORDS(process, registry_process, PROCESS_RECORD, PROCESSES)            \
	RECORDS(service, registry_service, SERVICE_RECORD, SERVICES)             \
	RECORDS(connection, registry_connection, CONNECTION_RECORD, CONNECTIONS) \
	RECORDS(description, registry_description, DESCRIPTION_RECORD, DESCRIPTIONS)
#define REGISTRY_STATE_BYTES (256u << 10)

STATE_RECORD(PROCESS_RECORD, registry_process)
STATE_RECORD(SERVICE_RECORD, registry_service)
STATE_RECORD(CONNECTION_RECORD, registry_connection)
STATE_RECORD(DESCRIPTION_RECORD, registry_description)
STATE_ROOT(REGISTRY_STATE, registry)

/* --- the operations; peer is the PID that asks */

err_t registry_add_process(pid_number_t pid, handle_t estate);
err_t registry_remove_process(pid_number_t pid);
err_t registry_add_service(
    pid_number_t peer, handle_t endpoint, const uint8_t *description, uint32_t bytes, sid_t_ *sid);
err_t registry_remove_service(pid_number_t peer, sid_t_ sid);

struct registry_request {
	pid_number_t server; /* PID_INVALID: the newest service of the name */
	handle_t endpoint;   /* the client's, in its estate; 0: its main one */
	uint32_t flags;      /* RPC_CONNECTION_* */
	const uint8_t *description;
	uint32_t bytes;
};
err_t registry_add_connection(pid_number_t client, const struct registry_request *request,
    cid_t_ *cid, uint32_t *entry, char reason[RPC_REASON_BYTES]);
err_t registry_remove_connection(pid_number_t client, cid_t_ cid);
/*
 * Make one of the three connections that every process may have, at the entry that
 * is kept for it; OK if it is there. ERR_CLOSED: it was, or the process has none to ask for.
 */
err_t registry_ask(pid_number_t client, uint64_t entry);
/* The process is done with an entry of its directory, open or closed, on either side. */
err_t registry_release(pid_number_t pid, uint32_t entry);

const struct registry_description *registry_describe(pid_number_t server, uint32_t entry);
/* The first in the order of (pid, number) after these two; NULL: none. */
const struct registry_service *registry_next_service(pid_number_t pid, sid_t_ sid);
const struct registry_connection *registry_next_connection(pid_number_t pid, cid_t_ cid);
const struct registry_service *registry_find_service(pid_number_t pid, sid_t_ sid);
uint32_t registry_connections_of(pid_number_t server, sid_t_ sid);

/* --- at the first start: what init built by hand */

err_t registry_adopt_process(pid_number_t pid, handle_t estate);
err_t registry_adopt_service(pid_number_t pid, const struct rpc_interface *interface);
err_t registry_adopt_connection(const struct registry_connection *connection);
/* Say in a directory how far its entries reach, when all that init wrote is adopted. */
void registry_count_entries(pid_number_t pid);

/* --- what the registry does to the world; registry_world.c, or a test */

struct directory_entry *world_directory(pid_number_t pid);
err_t world_share(pid_number_t client, uint32_t client_entry, pid_number_t server,
    uint32_t server_entry, uint32_t pages);
err_t world_unshare(pid_number_t pid, uint32_t entry, uint32_t pages);
/* A doorbell: NOTIFY on `endpoint` of one estate, into another, with a badge. */
err_t world_bell(
    handle_t from_estate, handle_t endpoint, handle_t to_estate, uint64_t bits, handle_t *bell);
/* BIT_DIRECTORY's bell of a process, into our own estate. */
err_t world_own_bell(handle_t estate, handle_t endpoint, handle_t *bell);
/* Where the process asks for its first connections: SEND, with its PID, on our main endpoint. */
err_t world_ask(pid_number_t pid, handle_t estate, handle_t *ask);
void world_drop(handle_t estate, handle_t capability);
void world_drop_own(handle_t bell);
void world_ring(handle_t bell);
err_t world_endpoint(handle_t estate, handle_t *endpoint);
void world_drop_endpoint(handle_t estate, handle_t endpoint);

#endif
