/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes that the process manager starts: descriptors made from the
 * manifest, with what the board's device tree says about their devices.
 */
#include "init.h"

#include <insula/rpc/client.h>
#include <insula/services/process.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)

/* In the manager's estate table: firmware for all, for the trace and for the mailbox alone. */
static handle_t firmware, tracing, mailbox;

static struct process_spawn_manifest_in in;
static struct process_spawn_manifest_out out;
_Static_assert(sizeof in.descriptor == sizeof(struct spawn_descriptor), "as in the service");

/*
 * What the manager is to pass on: interrupt lines, pages for devices. The last
 * chance before home is memory's.
 */
void
board_grants(void)
{
	const struct server *manager = server_of(PID_PROCESS);
	firmware = init.handover->process_firmware;
	for (uint32_t i = 0; i < init.manifest.count; i++) {
		const struct manifest_process *m = &init.manifest.process[i];
		struct board_device *device = &board.device[i];
		if (m->first != 0)
			continue;
		if (tracing == HANDLE_NONE && manifest_has_grant(m, WORD_tracing))
			tracing = give(SELF, INIT_FIRMWARE, manager->estate, RIGHT_SEND,
			    1ull << FIRMWARE_TRACE);
		if (mailbox == HANDLE_NONE && manifest_has_grant(m, WORD_mailbox))
			mailbox = give(SELF, INIT_FIRMWARE, manager->estate, RIGHT_SEND,
			    1ull << FIRMWARE_MAILBOX);
		if (device->there && manifest_has_grant(m, WORD_irq))
			device->irq = give(SELF, INIT_IRQ, manager->estate, RIGHT_IRQ,
			    device->line | (uint64_t)device->line << 32);
		if (manifest_has_grant(m, WORD_dma))
			device->dma = take_frames(1, "pages for devices");
	}
}

/* --- one descriptor */

static void
add_argument(struct spawn_descriptor *d, const char *text, size_t bytes)
{
	if (bytes > sizeof d->args - d->args_bytes)
		bare_fatal("manifest: node %s: property arguments: too long", d->name);
	memcpy(d->args + d->args_bytes, text, bytes);
	d->args_bytes += (uint32_t)bytes;
	d->argc++;
}

/* The words of the boot arguments that are for programs: those that begin with "insula.". */
static void
add_boot_arguments(struct spawn_descriptor *d)
{
	static const char prefix[] = "insula.";
	const char *at = ((const struct boot_info *)BOOT_INFO)->bootargs;
	for (at += strspn(at, " "); *at != '\0'; at += strspn(at, " ")) {
		char word[sizeof d->args];
		const size_t length = strcspn(at, " ");
		if (length < sizeof word && strncmp(at, prefix, sizeof prefix - 1) == 0) {
			memcpy(word, at, length);
			word[length] = '\0';
			add_argument(d, word, length + 1);
		}
		at += length;
	}
}

static void
add_number(struct spawn_descriptor *d, uint64_t value)
{
	char text[19] = "0x";
	for (unsigned i = 0; i < 16; i++)
		text[2 + i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
	text[18] = '\0';
	add_argument(d, text, sizeof text);
}

/* A word of `arguments`, or what stands for it. */
static void
add_word(struct spawn_descriptor *d, const char *word, const struct board_device *device)
{
	if (strcmp(word, "$bootargs") == 0)
		add_boot_arguments(d);
	else if (strcmp(word, "$model") == 0)
		add_argument(d, board.model, strlen(board.model) + 1);
	else if (strcmp(word, "$compatible") == 0)
		add_argument(d, board.compatible, strlen(board.compatible) + 1);
	else if (strcmp(word, "$rng-seed") == 0)
		add_argument(d, board.seed, strlen(board.seed) + 1);
	else if (strcmp(word, "$dma") == 0)
		add_number(d, device->dma + board.dma_offset);
	else
		add_argument(d, word, strlen(word) + 1);
}

static void
fill_pages(struct spawn_grant *g, uint64_t base, uint64_t bytes, uint64_t prot)
{
	const uint64_t page = base & ~(PAGE_BYTES - 1);
	g->kind = GRANT_DEVICE;
	g->rights = prot;
	g->physical = page;
	g->extra = base - page;
	g->bytes = (g->extra + bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
}

/* False: the board does not have it. */
static bool
fill_grant(
    struct spawn_grant *g, const struct manifest_grant *from, const struct board_device *device)
{
	const struct boot_range *trace = &((const struct boot_info *)BOOT_INFO)->trace;
	memcpy(g->name, from->name, sizeof g->name);
	switch (from->word) {
	case WORD_irq:
		g->kind = GRANT_IRQ;
		g->extra = device->line;
		g->rights = RIGHT_IRQ;
		g->handle = device->irq;
		return device->there;
	case WORD_device:
		fill_pages(g, device->base, device->bytes, PROT_W);
		return device->there;
	case WORD_dma:
		fill_pages(g, device->dma, PAGE_BYTES, PROT_W);
		return true;
	case WORD_trace:
		fill_pages(g, trace->base, trace->bytes, PROT_R);
		return true;
	case WORD_archive:
		g->kind = GRANT_ARCHIVE;
		return true;
	default:
		g->kind = GRANT_CAPABILITY;
		g->handle = from->word == WORD_tracing ? tracing
		    : from->word == WORD_mailbox       ? mailbox
						       : firmware;
		g->rights = RIGHT_SEND;
		return true;
	}
}

static void
describe(
    const struct manifest_process *m, const struct board_device *device, struct spawn_descriptor *d)
{
	*d = (struct spawn_descriptor){
		.flags = m->flags,
		.priority = m->priority,
		.policy = m->policy,
		.limit = (m->flags & SPAWN_PRIVILEGED) != 0 ? PRIORITY_MAX
							    : PRIORITY_UNPRIVILEGED_MAX,
		.stack_bytes = m->stack_bytes,
		.quota_pages = m->quota_pages,
		.space_fund = m->space_fund,
		.estate_fund = m->estate_fund,
	};
	strncpy(d->name, m->name, sizeof d->name - 1);
	strncpy(d->path, m->binary, sizeof d->path - 1);
	if (m->service != NULL)
		strncpy(d->service, m->service, sizeof d->service - 1);
	for (uint32_t i = 0; i < m->grants; i++)
		d->grants += fill_grant(&d->grant[d->grants], &m->grant[i], device);
	add_argument(d, m->name, strlen(m->name) + 1);
	const char *at = m->arguments;
	for (uint32_t i = 0; i < m->arguments_count; i++, at += strlen(at) + 1)
		add_word(d, at, device);
	if (device->compatible[0] != '\0')
		add_argument(d, device->compatible, strlen(device->compatible) + 1);
}

void
spawn_the_rest(void)
{
	for (uint32_t i = PID_PROCESS - PID_PIDDB + 1; i < init.manifest.count; i++) {
		const struct manifest_process *m = &init.manifest.process[i];
		struct spawn_descriptor d;
		const struct board_device *device = &board.device[i];
		if (m->device != NULL && !device->there && !m->device_optional)
			continue; /* not on this board */
		describe(m, device, &d);
		memcpy(in.descriptor, &d, sizeof d);
		in.descriptor_length = sizeof d;
		err_t err = process_spawn_manifest(rpc_to_process(), &in, &out, TIME_NEVER);
		/* By exit or by a crash: of the latter there is a line of the manager's. */
		if (err == ERR_CRASHED && m->service != NULL)
			bare_fatal("manifest: node %s: %s: it ended before it offered service %s",
			    m->name, m->binary, m->service);
		if (err != OK)
			bare_fatal("manifest: node %s: %s: %s%s%s", m->name, m->binary, out.reason,
			    out.reason[0] != '\0' ? ": " : "", err_text(err));
	}
}
