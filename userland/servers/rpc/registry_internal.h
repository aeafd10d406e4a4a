/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What registry.c and connections.c call of each other.
 */
#ifndef INSULA_SERVERS_RPC_REGISTRY_INTERNAL_H
#define INSULA_SERVERS_RPC_REGISTRY_INTERNAL_H

#include "registry.h"

static inline const struct registry *
registry(void)
{
	return state_root();
}

/* The record of a PID; of PID_INVALID: a free place. */
const struct registry_process *registry_process(pid_number_t pid);
/* The newest service of a name, of one process or of all. */
const struct registry_service *registry_named_service(pid_number_t pid, const char *name);
/* Keep a description, once however often: OK, ERR_ARGUMENT if it is damaged, ERR_TOO_MANY. */
err_t registry_keep_description(const uint8_t *data, uint32_t bytes, uint32_t *index);
/* The name of the service that a kept description is of. */
const char *registry_description_name(const struct registry_description *d);
void registry_drop_description(uint32_t index);

/* The entries of a new directory that are made when they are first used. */
void registry_keep_entries(pid_number_t pid, handle_t ask);

/* Close both ends: each side sees it, and releases its own. */
void registry_close(const struct registry_connection *c);
/* The process is going: its side is dropped with its estate, the other side is closed. */
void registry_drop_side(const struct registry_connection *c, pid_number_t pid);

#endif
