/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adopting what init built.
 */
#include "boot.h"
#include "effects.h"
#include "end.h"
#include "image.h"

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

/* The files of those that init built, as far as they are of this archive. */
static void
find_files(const struct handover *h)
{
	for (uint32_t i = 0; i < h->processes; i++) {
		struct image image;
		struct line why;
		if (image_open(h->process[i].path, &image, &why) == OK)
			process_by_pid(h->process[i].pid)->instance.file = image.file;
	}
}

void
boot_say(const char *who, uint64_t number, const char *what)
{
	struct line l;
	line_start(&l, who);
	line_number(&l, number);
	line_text(&l, what);
	effect_print(l.text);
}

err_t
init_process(const struct handover *h, const void *archive)
{
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
	err_t err = image_archive(archive, h->archive.bytes);
	if (err == OK) {
		find_files(h);
		boot_say("process: init_process: ", h->processes, " processes are taken over");
	} else {
		effect_print("process: the boot archive is damaged, or has too many files");
	}
	return err;
}

void
init_rpc(void)
{
	static const uint8_t three[] = { [INSULATOR_MEMORY] = PID_MEMORY,
		[INSULATOR_RPC] = PID_RPC,
		[INSULATOR_PATH] = PID_PATH };
	err_t err = OK;
	for (unsigned kind = 0; err == OK && kind < sizeof three; kind++) {
		uint32_t id;
		err = insulator_add(three[kind], process_by_pid(three[kind])->name, kind, &id);
	}
	PROCESS_EACH(p)
	{
		pid_number_t pid;
		if (err == OK && p->state == PROCESS_ALIVE)
			err = effect_piddb_add(p, &pid);
	}
	if (err == OK) {
		boot_say(
		    "process: init_rpc: ", insulator_count, " insulators are asked from now on");
		return;
	}
	boot_say("process: init_rpc: error ", (uint64_t)-err, "");
	system_end(EXIT_CRASHED, 0);
}
