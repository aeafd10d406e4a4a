/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adopting what init built.
 */
#include "boot.h"
#include "effects.h"
#include "image.h"
#include "wire.h"

#include <string.h>

#define KNOWN_TO_ALL 7u /* memory, rpc and path know all six from the handover */

static err_t
adopt(const struct handover_process *h)
{
	struct process *p = process_new();
	if (p == NULL)
		return ERR_TOO_MANY;
	p->pid = h->pid;
	p->parent = 0;
	p->flags = h->pid == PID_INIT ? 0 : PROCESS_CORE;
	p->priority = (uint8_t)h->priority;
	p->policy = (uint8_t)h->policy;
	p->limit = PRIORITY_MAX;
	p->told = KNOWN_TO_ALL;
	p->estate = h->process_estate;
	p->quiesce = h->process_quiesce;
	p->instance.number = h->instance;
	p->instance.space = h->process_space;
	p->instance.thread = h->process_thread;
	p->instance.file = UINT32_MAX;
	memcpy(p->name, h->name, sizeof p->name - 1);
	p->state = PROCESS_ALIVE;
	return OK;
}

err_t
boot_adopt(const struct handover *h)
{
	static const struct {
		pid_number_t pid;
		unsigned kind;
		const char *name;
	} three[] = {
		{ PID_MEMORY, INSULATOR_MEMORY, "memory" },
		{ PID_RPC, INSULATOR_RPC, "rpc" },
		{ PID_PATH, INSULATOR_PATH, "path" },
	};
	if (h->magic != HANDOVER_MAGIC || h->bytes != sizeof *h ||
	    h->processes > HANDOVER_PROCESSES)
		return ERR_BAD_MANIFEST;
	authority.fault = h->process_fault;
	authority.firmware = h->process_firmware;
	authority.clock_hz = h->clock_hz;
	for (uint32_t i = 0; i < h->processes; i++) {
		err_t err = adopt(&h->process[i]);
		if (err != OK)
			return err;
	}
	for (unsigned i = 0; i < 3; i++) {
		uint32_t id;
		err_t err = insulator_add(three[i].pid, three[i].name, three[i].kind, &id);
		if (err != OK)
			return err;
	}
	return OK;
}

#ifndef INSULA_HOST_TEST
void
boot_record(void)
{
	static bool recorded;
	if (recorded)
		return;
	recorded = true;
	PROCESS_EACH(p)
	{
		pid_number_t pid;
		if (p->state == PROCESS_ALIVE && effect_piddb_add(p, &pid) != OK)
			effect_print("process: the PID database refuses the first six");
	}
}

err_t
boot(void)
{
	const struct handover *h = (const struct handover *)HANDOVER;
	err_t err = boot_adopt(h);
	if (err != OK)
		return err;
	err = image_archive((const void *)ARCHIVE_BASE, h->archive.bytes);
	effect_print(err == OK ? "process: the first six are taken over"
			       : "process: the boot archive is damaged, or has too many files");
	return err;
}
#endif
