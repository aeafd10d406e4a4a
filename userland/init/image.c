/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's program: text and constants straight from the archive's pages,
 * data in frames of its own; stack, heap, state.
 */
#include "init.h"

#include <insula/elf.h>
#include <string.h>

static unsigned
pages_of(uint64_t bytes)
{
	return (unsigned)((bytes + PAGE_BYTES - 1) / PAGE_BYTES);
}

static void
map_segment(struct server *s, const struct elf_segment *g, const struct cpio_member *file)
{
	const uint64_t physical = init.archive_range.base + file->offset + g->file_offset;
	const unsigned pages = pages_of(g->memory_bytes);
	if (g->prot != PROT_W && g->file_bytes == g->memory_bytes && physical % PAGE_BYTES == 0) {
		lend(s, IN_SPACE, g->address, physical, pages, g->prot);
		return;
	}
	const uint64_t frame = take_frames(pages, s->name);
	memcpy(bare_home(frame), file->data + g->file_offset, g->file_bytes);
	lend(s, IN_SPACE, g->address, frame, pages, g->prot);
}

static void
map_state(struct server *s, uint64_t bytes)
{
	const unsigned pages = pages_of(bytes);
	if (pages == 0)
		return;
	build_state(s);
	lend(s, IN_STATE, SLOT_STATE_BASE, take_frames(pages, s->name), pages, PROT_W);
	s->record->state_bytes = bytes;
	err_t err = insula_link(s->space, SLOT_STATE, s->state);
	if (err != OK)
		bare_fatal("%s: linking its state: %s", s->name, err_text(err));
}

void
load_program(struct server *s)
{
	struct cpio_member file;
	struct elf_image image;
	char reason[ELF_REASON_BYTES];
	const struct manifest_process *m = s->m;
	err_t err = cpio_find(&init.archive, m->binary, &file);
	if (err == ERR_NOT_FOUND)
		bare_fatal("manifest: node %s: property binary: the archive has no %s", m->name,
		    m->binary);
	if (err != OK)
		bare_fatal("boot archive: %s", init.archive.reason);
	if (elf_read(file.data, file.bytes, &image, reason) != OK)
		bare_fatal("manifest: node %s: %s: %s", m->name, m->binary, reason);
	check_service(m, &image);

	for (uint32_t i = 0; i < image.segments; i++)
		map_segment(s, &image.segment[i], &file);
	const unsigned stack = pages_of(m->stack_bytes);
	lend(s, IN_SPACE, MAIN_STACK_TOP - stack * PAGE_BYTES, take_frames(stack, s->name), stack,
	    PROT_W);
	if (m->heap_pages > 0) {
		lend(s, IN_SPACE, HEAP_BASE, take_frames(m->heap_pages, s->name), m->heap_pages,
		    PROT_W);
		add_grant(s, "heap", HEAP_BASE, m->heap_pages * PAGE_BYTES);
	}
	map_state(s, image.note.state_bytes);
	s->entry = image.entry;
}
