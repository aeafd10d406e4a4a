/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The processes that the process manager starts: descriptors made from the
 * manifest, with what the board's device tree says about their devices.
 */
#include "init.h"

#include <insula/device_tree.h>
#include <insula/rpc/client.h>
#include <insula/services/process.h>
#include <insula/upload.h>
#include <libfdt.h>
#include <string.h>

RPC_DEFINE_SERVICE(PROCESS, process)

/* The one board device that a manifest can name, "stdout". */
static struct {
	uint64_t base, bytes;
	uint32_t line;
	char compatible[64]; /* the first name */
	handle_t irq;        /* in the manager's estate table */
} console;

/* The pages through which the host hands programs in, if the archive has them. */
static struct {
	uint64_t base, bytes;
} upload;

static handle_t firmware, tracing; /* likewise; firmware for all, and for the trace alone */

static struct process_spawn_manifest_in in;
static struct process_spawn_manifest_out out;
_Static_assert(sizeof in.descriptor == sizeof(struct spawn_descriptor), "as in the service");

static bool
is_upload(const struct manifest_process *m)
{
	return m->device != NULL && strcmp(m->device, "upload") == 0;
}

/* What grants need of the device tree, as long as it can be read; only if somebody asks. */
void
board_devices(void)
{
	const void *fdt = bare_device_tree();
	const char *who = NULL;
	bool edge;
	for (uint32_t i = 0; i < init.manifest.count; i++)
		if (init.manifest.process[i].device != NULL &&
		    !is_upload(&init.manifest.process[i]))
			who = init.manifest.process[i].name;
	if (who == NULL)
		return;
	const int node = dt_stdout(fdt);
	if (node < 0)
		bare_fatal("manifest: node %s: property device: the board's device tree has no "
			   "stdout-path",
		    who);
	if (!dt_reg(fdt, node, 0, &console.base, &console.bytes) ||
	    !dt_interrupt(fdt, node, 0, &console.line, &edge))
		bare_fatal(
		    "manifest: node %s: property device: the board's stdout has no registers "
		    "or no interrupt",
		    who);
	const char *compatible = fdt_getprop(fdt, node, "compatible", NULL);
	if (compatible != NULL)
		strncpy(console.compatible, compatible, sizeof console.compatible - 1);

	struct cpio_member member;
	if (cpio_find(&init.archive, UPLOAD_MEMBER, &member) == OK) {
		upload.base = init.archive_range.base + member.offset;
		upload.bytes = member.bytes;
	}
}

void
board_grants(void)
{
	const struct server *manager = server_of(PID_PROCESS);
	firmware = init.handover->process_firmware;
	for (uint32_t i = 0; i < init.manifest.count; i++) {
		if (tracing == HANDLE_NONE &&
		    manifest_has_grant(&init.manifest.process[i], WORD_tracing))
			tracing = give(SELF, INIT_FIRMWARE, manager->estate, RIGHT_SEND,
			    1ull << FIRMWARE_TRACE);
		if (console.irq == HANDLE_NONE && init.manifest.process[i].first == 0 &&
		    manifest_has_grant(&init.manifest.process[i], WORD_irq))
			console.irq = give(SELF, INIT_IRQ, manager->estate, RIGHT_IRQ,
			    console.line | (uint64_t)console.line << 32);
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
fill_grant(struct spawn_grant *g, const struct manifest_grant *from, bool of_upload)
{
	const uint64_t base = of_upload ? upload.base : console.base;
	const uint64_t bytes = of_upload ? upload.bytes : console.bytes;
	const uint64_t page = base & ~(PAGE_BYTES - 1);
	const struct boot_info *info = (const struct boot_info *)BOOT_INFO;
	memcpy(g->name, from->name, sizeof g->name);
	switch (from->word) {
	case WORD_irq:
		g->kind = GRANT_IRQ;
		g->extra = console.line;
		g->rights = RIGHT_IRQ;
		g->handle = console.irq;
		break;
	case WORD_device:
		g->kind = GRANT_DEVICE;
		g->physical = page;
		g->extra = base - page;
		g->bytes = (g->extra + bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
		g->rights = PROT_W;
		break;
	case WORD_trace:
		g->kind = GRANT_DEVICE;
		g->physical = info->trace.base;
		g->bytes = info->trace.bytes;
		g->rights = PROT_R;
		break;
	case WORD_archive:
		g->kind = GRANT_ARCHIVE;
		break;
	default:
		g->kind = GRANT_CAPABILITY;
		g->handle = from->word == WORD_tracing ? tracing : firmware;
		g->rights = RIGHT_SEND;
		break;
	}
}

static void
describe(const struct manifest_process *m, struct spawn_descriptor *d)
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
		.grants = m->grants,
	};
	strncpy(d->name, m->name, sizeof d->name - 1);
	strncpy(d->path, m->binary, sizeof d->path - 1);
	for (uint32_t i = 0; i < m->grants; i++)
		fill_grant(&d->grant[i], &m->grant[i], is_upload(m));
	add_argument(d, m->name, strlen(m->name) + 1);
	const char *at = m->arguments;
	for (uint32_t i = 0; i < m->arguments_count; i++, at += strlen(at) + 1) {
		if (strcmp(at, "$bootargs") == 0)
			add_boot_arguments(d);
		else
			add_argument(d, at, strlen(at) + 1);
	}
	if (m->device != NULL && !is_upload(m) && console.compatible[0] != '\0')
		add_argument(d, console.compatible, strlen(console.compatible) + 1);
}

void
spawn_the_rest(void)
{
	for (uint32_t i = PID_PROCESS - PID_PIDDB + 1; i < init.manifest.count; i++) {
		const struct manifest_process *m = &init.manifest.process[i];
		struct spawn_descriptor d;
		if (is_upload(m) && upload.bytes == 0)
			continue; /* this machine is not one that a person runs */
		describe(m, &d);
		memcpy(in.descriptor, &d, sizeof d);
		in.descriptor_length = sizeof d;
		err_t err = process_spawn_manifest(rpc_to_process(), &in, &out, TIME_NEVER);
		if (err != OK)
			bare_fatal("manifest: node %s: %s: %s%s%s", m->name, m->binary, out.reason,
			    out.reason[0] != '\0' ? ": " : "", err_text(err));
	}
}
