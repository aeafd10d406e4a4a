/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the manifest asks of the board: devices by what its device tree calls
 * them, and the words that stand for facts in `arguments`.
 */
#include "init.h"

#include <insula/device_tree.h>
#include <insula/upload.h>
#include <libfdt.h>
#include <string.h>

struct board board;

static void
copy_text(char *to, size_t room, const void *fdt, int node, const char *property)
{
	int bytes;
	const char *text = fdt_getprop(fdt, node, property, &bytes);
	if (text != NULL && bytes > 0)
		strncpy(to, text, room - 1);
}

/* What the firmware or the loader gives a system to begin its random numbers with. */
static void
read_seed(const void *fdt)
{
	static const char *const names[] = { "rng-seed", "kaslr-seed" };
	const int chosen = fdt_path_offset(fdt, "/chosen");
	size_t at = 0;
	for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
		int bytes;
		const uint8_t *seed = fdt_getprop(fdt, chosen, names[n], &bytes);
		for (int i = 0; seed != NULL && i < bytes && at + 2 < sizeof board.seed; i++) {
			board.seed[at++] = "0123456789abcdef"[seed[i] >> 4];
			board.seed[at++] = "0123456789abcdef"[seed[i] & 15];
		}
	}
}

/* A BCM283x's devices see memory at another address: /soc/dma-ranges. */
static void
read_dma_offset(const void *fdt)
{
	int bytes;
	const int soc = fdt_path_offset(fdt, "/soc");
	const fdt32_t *cell = soc < 0 ? NULL : fdt_getprop(fdt, soc, "dma-ranges", &bytes);
	if (cell != NULL && bytes >= 4)
		board.dma_offset = fdt32_to_cpu(cell[0]);
}

static void
find_upload(struct board_device *d)
{
	struct cpio_member member;
	if (cpio_find(&init.archive, UPLOAD_MEMBER, &member) != OK)
		return; /* this machine is not one that a person runs */
	d->there = true;
	d->base = init.archive_range.base + member.offset;
	d->bytes = member.bytes;
}

/*
 * The first enabled node of that `compatible`, or a negative number. To learn that there is none,
 * libfdt reads each property of each node, which is long for a board that lacks most devices:
 * so this looks for the text first, and then whose it is. Properties stand before nodes inside.
 */
static int
find_compatible(const void *fdt, const char *word)
{
	const char *nodes = (const char *)fdt + fdt_off_dt_struct(fdt);
	const char *end = nodes + fdt_size_dt_struct(fdt);
	const size_t bytes = strlen(word) + 1;
	for (const char *at = nodes; (at = memchr(at, word[0], (size_t)(end - at))) != NULL; at++) {
		if ((size_t)(end - at) < bytes || memcmp(at, word, bytes) != 0)
			continue;
		int node = 0;
		for (int next = 0; next >= 0 && next < at - nodes;
		     next = fdt_next_node(fdt, next, NULL))
			node = next;
		if (dt_compatible(fdt, node, word) && dt_enabled(fdt, node))
			return node;
	}
	return -FDT_ERR_NOTFOUND;
}

static void
find_device(const void *fdt, const struct manifest_process *m, struct board_device *d)
{
	const bool console = strcmp(m->device, "stdout") == 0;
	const char *word = m->device;
	int node = console ? dt_stdout(fdt) : find_compatible(fdt, word);
	bool edge;
	while (node < 0 && (word += strlen(word) + 1) < m->device + m->device_bytes)
		node = find_compatible(fdt, word);
	if (node < 0 && !console)
		return;
	if (node < 0)
		bare_fatal("manifest: node %s: property device: the board's device tree has no "
			   "stdout-path",
		    m->name);
	if (!dt_reg(fdt, node, 0, &d->base, &d->bytes) ||
	    (manifest_has_grant(m, WORD_irq) &&
		!dt_interrupt(fdt, node, (int)m->interrupt, &d->line, &edge)))
		bare_fatal("manifest: node %s: property device: the board's %s has no registers or "
			   "no interrupt",
		    m->name, word);
	d->there = true;
	if (console)
		copy_text(d->compatible, sizeof d->compatible, fdt, node, "compatible");
	else
		strncpy(d->compatible, word, sizeof d->compatible - 1);
}

void
board_devices(void)
{
	const void *fdt = bare_device_tree();
	copy_text(board.model, sizeof board.model, fdt, 0, "model");
	copy_text(board.compatible, sizeof board.compatible, fdt, 0, "compatible");
	if (board.model[0] == '\0')
		memcpy(board.model, board.compatible, sizeof board.model);
	read_seed(fdt);
	read_dma_offset(fdt);
	for (uint32_t i = 0; i < init.manifest.count; i++) {
		const struct manifest_process *m = &init.manifest.process[i];
		if (m->device == NULL)
			continue;
		if (strcmp(m->device, "upload") == 0)
			find_upload(&board.device[i]);
		else
			find_device(fdt, m, &board.device[i]);
	}
}
