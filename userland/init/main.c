/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first process. From the boot archive's manifest it builds the five
 * servers and the rings between them by hand, grants each what its node says,
 * gives home to memory, has the process manager start the rest, and leaves.
 * Whatever is wrong ends in one line that names it, and power-off.
 */
#include "init.h"

#include <insula/elf.h>
#include <insula/rpc/process.h>
#include <stdlib.h>
#include <string.h>

#define NEWC "070701" /* what an archive begins with */
#define SHELL "/boot/shell"
#define CONSOLE_PAGE (PRIVATE_END - 128 * PAGE_BYTES)

int main(void);

struct init init;

/* The console is needed until the end, and home is not ours that long. */
static void
keep_console(void)
{
	const uint64_t page = early_console_page();
	if (page != 0 && bare_map(INIT_SPACE, CONSOLE_PAGE, page, 1, PROT_W) == OK)
		early_console_move(CONSOLE_PAGE);
}

static void
open_archive(void)
{
	init.archive_range = boot_info->initrd;
	if (init.archive_range.bytes == 0)
		bare_fatal("there is no boot archive: give the loader an initrd");
	const char *bytes = bare_home(init.archive_range.base);
	const size_t magic = strlen(NEWC);
	if (memcmp(bytes, NEWC,
		init.archive_range.bytes < magic ? init.archive_range.bytes : magic) != 0)
		bare_fatal("boot archive: not an archive (cpio newc)");
	cpio_begin(&init.archive, bytes, init.archive_range.bytes);
	if (cpio_check(&init.archive) != OK)
		bare_fatal("boot archive: %s", init.archive.reason);
}

static void
read_manifest(void)
{
	struct cpio_member file;
	if (cpio_find(&init.archive, "manifest.dtb", &file) != OK)
		bare_fatal("boot archive: it has no manifest.dtb");
	/* A copy, because the archive is out of reach when home is memory's. */
	void *copy = malloc(file.bytes);
	if (copy == NULL)
		bare_fatal("the manifest: %s", err_text(ERR_NO_MEMORY));
	memcpy(copy, file.data, file.bytes);
	if (manifest_read(&init.manifest, copy, file.bytes) != OK)
		bare_fatal("manifest: %s", init.manifest.reason);
}

/* What the binary's note says that it is. */
void
check_service(const struct manifest_process *m, const struct elf_image *image)
{
	if (!image->has_note || strcmp(image->note.service, m->service) != 0)
		bare_fatal("manifest: node %s: %s is not a binary of service %s", m->name,
		    m->binary, m->service);
}

/* All binaries are there, and of their services, before anything is built that would need them. */
static void
check_binaries(void)
{
	bool has_shell = false;
	for (uint32_t i = 0; i < init.manifest.count; i++) {
		const struct manifest_process *m = &init.manifest.process[i];
		struct cpio_member file;
		struct elf_image image;
		char reason[ELF_REASON_BYTES];
		if (cpio_find(&init.archive, m->binary, &file) != OK)
			bare_fatal("manifest: node %s: property binary: the archive has no %s",
			    m->name, m->binary);
		has_shell = has_shell || strcmp(m->binary, SHELL) == 0;
		/* One without a note says by READY what it is; what is no program, the manager names. */
		if (m->service != NULL && elf_read(file.data, file.bytes, &image, reason) == OK &&
		    image.has_note)
			check_service(m, &image);
	}
	if (!has_shell)
		early_printf(
		    "init: manifest: no node has the binary " SHELL ": nobody reads the console\n");
}

static void
begin_handover(void)
{
	const unsigned pages = (sizeof(struct handover) + PAGE_BYTES - 1) / PAGE_BYTES;
	init.handover_frame = take_frames(pages, "the handover");
	struct handover *h = bare_home(init.handover_frame);
	h->magic = HANDOVER_MAGIC;
	h->bytes = sizeof *h;
	h->clock_hz = boot_info->clock_hz;
	h->boot_ticks = boot_info->boot_ticks;
	h->kernel_pages = boot_info->kernel_pages;
	h->flags = boot_info->flags;
	h->ram_ranges = (uint32_t)boot_info->ram_ranges;
	memcpy(h->ram, boot_info->ram, sizeof h->ram);
	h->archive = init.archive_range;
	h->processes = HANDOVER_PROCESSES;
	init.handover = h;
}

static void
build_all(void)
{
	for (unsigned pid = PID_INIT; pid <= PID_PROCESS; pid++) {
		struct server *s = server_of(pid);
		s->pid = pid;
		s->record = &init.handover->process[pid - PID_INIT];
		s->name = "init";
		if (pid != PID_INIT) {
			s->m = &init.manifest.process[pid - PID_PIDDB];
			s->name = s->m->name;
		}
	}
	build_own(server_of(PID_INIT));
	for (unsigned pid = PID_PIDDB; pid <= PID_PROCESS; pid++)
		build_server(server_of(pid));
}

/* Tell the manager that this process is over; it and memory take the pages back. */
static _Noreturn void
leave(handle_t control)
{
	struct message m = { .label = CONTROL_EXIT };
	err_t err = insula_call(control, TIME_NEVER, &m);
	bare_fatal("the process manager does not let init go: %s", err_text(err));
}

int
main(void)
{
	if (bare_device_tree() == NULL)
		bare_fatal("the board's device tree is missing or damaged");
	keep_console();
	open_archive();
	read_manifest();
	check_binaries();
	board_devices();
	begin_handover();
	build_all();
	connect_all();
	grant_all();
	const handle_t control =
	    give(server_of(PID_PROCESS)->estate, HANDLE_MAIN_ENDPOINT, SELF, RIGHT_SEND, PID_INIT);
	if (rpc_process_init() != OK)
		bare_fatal("its connections: %s", err_text(ERR_NO_MEMORY));
	start_all();
	spawn_the_rest();
	leave(control);
}
