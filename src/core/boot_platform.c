/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading the machine off its device tree: memory first, then what the kernel
 * drives itself, then what is left for drivers at user level.
 */
#include "core/boot_platform.h"

#include "core/boot_fdt.h"
#include "core/boot_ranges.h"

#include <libfdt.h>
#include <string.h>

#define DEVICE_BYTES_MAX 0x100000ull
#define KEPT_MAX 16
#define HOME_BYTES (SLOT_HOME_WINDOWS * WINDOW_BYTES)

/* What memory costs the kernel: its frame table and home's page tables. */
#define BYTES_PER_FRAME 32u
/* Beside those and init: init's stack and tables, the kernel's first objects. */
#define FIRST_BYTES 0x40000u
#define TRACE_KIB 64
#define TRACE_KIB_MIN 4
#define TRACE_KIB_MAX 16384

static bool
refuse(struct boot_error *error, const char *text, const char *name)
{
	*error = (struct boot_error){ .text = text, .name = name };
	return false;
}

static bool
node_range(const void *fdt, int node, int index, struct boot_range *range)
{
	return dt_reg(fdt, node, index, &range->base, &range->bytes) && range->bytes != 0;
}

/* What it takes to say something and to stop */

/* Why stdout-path leads nowhere. */
static bool
refuse_stdout(const void *fdt, struct boot_error *error)
{
	int length;
	const char *path = dt_stdout_path(fdt, &length);

	if (path == NULL)
		return refuse(error, "device tree has no stdout-path in", "/chosen");
	if (length == 0 || path[length - 1] != '\0')
		return refuse(error, "stdout-path is not text in", "/chosen");
	return refuse(error, "device tree has no node for its stdout-path,", path);
}

static bool
scan_console(const void *fdt, struct platform *platform, struct boot_error *error)
{
	int node = dt_stdout(fdt);

	platform->console_type = CONSOLE_NONE;
	if (node < 0)
		return refuse_stdout(fdt, error);
	const char *name = fdt_get_name(fdt, node, NULL);
	if (!dt_enabled(fdt, node))
		return refuse(error, "device tree has disabled its stdout-path,", name);
	if (!node_range(fdt, node, 0, &platform->console))
		return refuse(error, "device tree has no usable reg in its stdout-path,", name);
	if (dt_compatible(fdt, node, "arm,pl011"))
		platform->console_type = CONSOLE_PL011;
	else if (dt_compatible(fdt, node, "brcm,bcm2835-aux-uart"))
		platform->console_type = CONSOLE_MINI_UART;
	else
		return refuse(
		    error, "stdout-path is neither a PL011 nor a BCM2835 mini-UART:", name);
	return true;
}

uint32_t
platform_uarts(const void *fdt, struct boot_uart uarts[BOOT_UARTS])
{
	uint32_t count = 0;

	for (uint64_t type = CONSOLE_PL011; type <= CONSOLE_MINI_UART; type++) {
		const char *name = type == CONSOLE_PL011 ? "arm,pl011" : "brcm,bcm2835-aux-uart";
		int node = dt_next_compatible(fdt, -1, name);
		for (; node >= 0 && count < BOOT_UARTS;
		     node = dt_next_compatible(fdt, node, name)) {
			struct boot_range range;
			if (node_range(fdt, node, 0, &range))
				uarts[count++] = (struct boot_uart){ range.base, type };
		}
	}
	return count;
}

static bool
word_in(const char *text, const char *word)
{
	size_t length = strlen(word);

	while (*text != '\0') {
		size_t n = 0;
		while (text[n] != ' ' && text[n] != '\0')
			n++;
		if (n == length && memcmp(text, word, n) == 0)
			return true;
		text += n;
		while (*text == ' ')
			text++;
	}
	return false;
}

/* "trace=KIB": the size of the trace. */
static bool
scan_trace(struct platform *platform, struct boot_error *error)
{
	static const char word[] = "trace=";
	uint64_t kib = TRACE_KIB;

	for (const char *at = platform->bootargs; (at = strstr(at, word)) != NULL; at++) {
		if (at != platform->bootargs && at[-1] != ' ')
			continue;
		char digit = *(at += sizeof word - 1);
		for (kib = 0; digit >= '0' && digit <= '9' && kib <= TRACE_KIB_MAX; digit = *++at)
			kib = kib * 10 + (uint64_t)(digit - '0');
		if ((digit != ' ' && digit != '\0') || kib < TRACE_KIB_MIN || kib > TRACE_KIB_MAX ||
		    (kib & (kib - 1)) != 0)
			return refuse(error,
			    "boot argument trace: not a power of two of KiB, 4 to 16384", NULL);
		break;
	}
	platform->trace_pages = (uint32_t)(kib * 1024 / PAGE_BYTES);
	return true;
}

static bool
scan_bootargs(const void *fdt, struct platform *platform, struct boot_error *error)
{
	int length;
	const char *args = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "bootargs", &length);

	if (args != NULL && length > 0) {
		if ((size_t)length > sizeof platform->bootargs)
			return refuse(
			    error, "boot arguments are longer than 1023 characters", NULL);
		memcpy(platform->bootargs, args, (size_t)length - 1);
	}
	platform->semihosting = word_in(platform->bootargs, "semihosting");
	return scan_trace(platform, error);
}

static bool
scan_psci(const void *fdt, struct platform *platform, struct boot_error *error)
{
	int node = dt_next_compatible(fdt, -1, "arm,psci-1.0");

	platform->psci = PSCI_NONE;
	if (node < 0)
		node = dt_next_compatible(fdt, -1, "arm,psci-0.2");
	if (node < 0)
		return true;
	if (dt_text_is(fdt, node, "method", "hvc"))
		platform->psci = PSCI_HVC;
	else if (dt_text_is(fdt, node, "method", "smc"))
		platform->psci = PSCI_SMC;
	else
		return refuse(error, "device tree has no usable method in", "psci");
	return true;
}

/* The registers of the first such device; 0 bytes: there is none. */
static void
scan_device(const void *fdt, const char *compatible, struct boot_range *range)
{
	int node = dt_next_compatible(fdt, -1, compatible);

	if (node < 0 || !node_range(fdt, node, 0, range))
		range->bytes = 0;
}

bool
platform_scan_first(const void *fdt, struct platform *platform, struct boot_error *error)
{
	scan_device(fdt, "brcm,bcm2835-pm-wdt", &platform->watchdog);
	scan_device(fdt, "brcm,bcm2835-mbox", &platform->mailbox);
	return scan_psci(fdt, platform, error) && scan_bootargs(fdt, platform, error) &&
	    scan_console(fdt, platform, error);
}

/* Memory */

static bool
scan_memory(const void *fdt, struct ranges *ram, struct boot_error *error)
{
	bool found = false;
	int node;

	for (node = fdt_next_node(fdt, -1, NULL); node >= 0;
	     node = fdt_next_node(fdt, node, NULL)) {
		struct boot_range range;

		if (!dt_text_is(fdt, node, "device_type", "memory") || !dt_enabled(fdt, node))
			continue;
		for (int i = 0; dt_reg(fdt, node, i, &range.base, &range.bytes); i++) {
			range = range_pages_within(range.base, range.bytes);
			if (range.base >= HOME_BYTES)
				continue;
			if (range.bytes > HOME_BYTES - range.base)
				range.bytes = HOME_BYTES - range.base;
			found = found || range.bytes != 0;
			if (!ranges_add(ram, range))
				return refuse(
				    error, "device tree has more than 16 memory ranges", NULL);
		}
	}
	return found || refuse(error, "device tree has no memory node", NULL);
}

static bool
scan_reserved(const void *fdt, struct ranges *reserved, struct boot_error *error)
{
	static const char too_many[] = "device tree has more than 16 reserved memory ranges";

	for (int i = 0; i < fdt_num_mem_rsv(fdt); i++) {
		uint64_t base, bytes;
		if (fdt_get_mem_rsv(fdt, i, &base, &bytes) == 0 &&
		    !ranges_add(reserved, range_pages_around(base, bytes)))
			return refuse(error, too_many, NULL);
	}

	/* Cores wait there, and run what lies around it. */
	int parent = fdt_path_offset(fdt, "/cpus");
	int node;
	fdt_for_each_subnode(node, fdt, parent)
	{
		uint64_t release;
		int length;
		const void *cells = fdt_getprop(fdt, node, "cpu-release-addr", &length);
		if (cells != NULL && dt_text_is(fdt, node, "enable-method", "spin-table") &&
		    dt_cells(cells, length / 4 < 2 ? length / 4 : 2, &release) &&
		    !ranges_add(reserved, range_pages_around(release, 8)))
			return refuse(error, too_many, NULL);
	}

	parent = fdt_path_offset(fdt, "/reserved-memory");
	fdt_for_each_subnode(node, fdt, parent)
	{
		struct boot_range range;
		/* A node without reg asks an operating system to choose: nothing is there. */
		if (!dt_enabled(fdt, node) || fdt_getprop(fdt, node, "reusable", NULL) != NULL)
			continue;
		for (int i = 0; node_range(fdt, node, i, &range); i++)
			if (!ranges_add(reserved, range_pages_around(range.base, range.bytes)))
				return refuse(error, too_many, NULL);
	}
	return true;
}

static bool
scan_initrd(const void *fdt, struct platform *platform, struct boot_error *error)
{
	int chosen = fdt_path_offset(fdt, "/chosen");
	int start_bytes, end_bytes;
	const void *start = fdt_getprop(fdt, chosen, "linux,initrd-start", &start_bytes);
	const void *end = fdt_getprop(fdt, chosen, "linux,initrd-end", &end_bytes);
	uint64_t from, to;

	if (start == NULL && end == NULL)
		return true;
	if (start == NULL || end == NULL || !dt_cells(start, start_bytes / 4, &from) ||
	    !dt_cells(end, end_bytes / 4, &to) || to < from)
		return refuse(error, "device tree has a bad initrd range in", "/chosen");
	if (from % PAGE_BYTES != 0)
		return refuse(error,
		    "initrd does not begin at a multiple of 4096 bytes: load it to another address",
		    NULL);
	platform->initrd_start = from;
	platform->initrd_bytes = to - from;
	platform->initrd = range_pages_around(from, to - from);
	return true;
}

static bool
range_in(const struct ranges *list, const struct boot_range *range)
{
	for (uint32_t i = 0; i < list->count; i++) {
		const struct boot_range *whole = &list->range[i];
		if (range->base >= whole->base && range->bytes <= whole->bytes &&
		    range->base - whole->base <= whole->bytes - range->bytes)
			return true;
	}
	return false;
}

/* Whether the kernel can set itself up: it does so in the largest free range. */
static bool
enough_memory(const struct ranges *ram, const struct ranges *free, uint64_t init_memory,
    struct boot_error *error)
{
	const struct boot_range *last = &ram->range[ram->count - 1];
	uint64_t frames = (last->base + last->bytes - ram->range[0].base) / PAGE_BYTES;
	uint64_t needed = frames * BYTES_PER_FRAME + init_memory + FIRST_BYTES;
	uint64_t most = 0;

	for (uint32_t i = 0; i < free->count; i++)
		if (free->range[i].bytes > most)
			most = free->range[i].bytes;
	if (most >= needed)
		return true;
	(void)refuse(error, "too little memory", NULL);
	error->there_kib = most / 1024;
	error->needed_kib = (needed + 1023) / 1024;
	return false;
}

/* Account for every frame (B1). */
static bool
lay_out_memory(const void *fdt, const struct boot_image *image, struct platform *platform,
    struct boot_error *error)
{
	struct ranges ram = { platform->ram, 0, BOOT_RANGES };
	struct ranges reserved = { platform->reserved, 0, BOOT_RANGES };
	struct ranges free = { platform->free, 0, BOOT_RANGES };
	static const char pieces[] = "memory is in more than 16 pieces";

	if (!scan_memory(fdt, &ram, error) || !scan_reserved(fdt, &reserved, error) ||
	    !scan_initrd(fdt, platform, error))
		return false;
	platform->dtb = range_pages_around(image->dtb.base, image->dtb.bytes);
	platform->boot = image->image;
	platform->init = image->init;

	/* Loaders reserve what they pass on, too: archive and tree stay ours. */
	if (!ranges_remove(&reserved, platform->initrd) || !ranges_remove(&reserved, platform->dtb))
		return refuse(error, pieces, NULL);
	for (uint32_t i = 0; i < reserved.count; i++)
		if (!ranges_remove(&ram, reserved.range[i]))
			return refuse(error, pieces, NULL);

	if (range_overlaps(&image->dtb, &platform->boot) ||
	    range_overlaps(&image->dtb, &platform->init))
		return refuse(error, "device tree overlaps the kernel", NULL);
	if (range_overlaps(&platform->initrd, &image->dtb))
		return refuse(error, "initrd overlaps the device tree", NULL);
	if (!range_in(&ram, &platform->boot) || !range_in(&ram, &platform->init))
		return refuse(error, "kernel does not lie in the memory of the device tree", NULL);
	if (platform->initrd.bytes != 0 && !range_in(&ram, &platform->initrd))
		return refuse(error, "initrd does not lie in the memory of the device tree", NULL);
	if (range_overlaps(&platform->initrd, &platform->boot) ||
	    range_overlaps(&platform->initrd, &platform->init))
		return refuse(error, "initrd overlaps the kernel", NULL);
	if (!range_in(&ram, &platform->dtb))
		platform->dtb.bytes = 0; /* in ROM, say: nothing to hand on */

	for (uint32_t i = 0; i < ram.count; i++)
		(void)ranges_add(&free, ram.range[i]);
	if (!ranges_remove(&free, platform->boot) || !ranges_remove(&free, platform->init) ||
	    !ranges_remove(&free, platform->initrd) || !ranges_remove(&free, platform->dtb))
		return refuse(error, pieces, NULL);
	if (!enough_memory(&ram, &free, image->init_memory, error))
		return false;
	platform->ram_count = ram.count;
	platform->reserved_count = reserved.count;
	platform->free_count = free.count;
	return true;
}

/* What the kernel drives */

/* Without pointers: boot reads it before the image is where it was linked. */
struct irqchip_name {
	char compatible[24];
	enum irqchip_type type;
};

static const struct irqchip_name irqchip_names[] = {
	{ "arm,cortex-a15-gic", IRQCHIP_GICV2 },
	{ "arm,gic-400", IRQCHIP_GICV2 },
	{ "arm,gic-v3", IRQCHIP_GICV3 },
	{ "brcm,bcm2836-l1-intc", IRQCHIP_BCM2836 },
};

/* The first controller that we know, and its entry in the list above. */
static int
irqchip_node(const void *fdt, const struct irqchip_name **name)
{
	for (size_t i = 0; i < sizeof irqchip_names / sizeof *irqchip_names; i++) {
		int node = dt_next_compatible(fdt, -1, irqchip_names[i].compatible);
		if (node < 0)
			continue;
		if (name != NULL)
			*name = &irqchip_names[i];
		return node;
	}
	return -FDT_ERR_NOTFOUND;
}

static const char *
board_name(const void *fdt)
{
	const char *name = fdt_getprop(fdt, 0, "compatible", NULL);

	return name != NULL ? name : "a board without a name";
}

static bool
scan_irqchip(const void *fdt, struct platform *platform, struct boot_error *error)
{
	const struct irqchip_name *chip;
	int node = irqchip_node(fdt, &chip);
	int second;

	platform->irqchip_type = IRQCHIP_NONE;
	if (node < 0)
		return refuse(error,
		    "unknown board: no interrupt controller (GICv2, GICv3 or BCM2836) on",
		    board_name(fdt));
	if (!node_range(fdt, node, 0, &platform->irqchip[0]))
		return refuse(error, "device tree has no usable reg in", chip->compatible);
	platform->irqchip_type = chip->type;

	if (platform->irqchip_type != IRQCHIP_BCM2836) {
		if (!node_range(fdt, node, 1, &platform->irqchip[1]))
			return refuse(error, "device tree has no second reg in", chip->compatible);
		return true;
	}
	second = dt_next_compatible(fdt, -1, "brcm,bcm2836-armctrl-ic");
	if (second < 0)
		second = dt_next_compatible(fdt, -1, "brcm,bcm2835-armctrl-ic");
	if (second < 0 || !node_range(fdt, second, 0, &platform->irqchip[1]))
		return refuse(error, "device tree has no", "brcm,bcm2836-armctrl-ic");
	return true;
}

#define TIMER_VIRTUAL 2 /* secure, non-secure, virtual, hypervisor */

static bool
scan_timer(const void *fdt, struct platform *platform, struct boot_error *error)
{
	bool edge;
	int node = dt_next_compatible(fdt, -1, "arm,armv8-timer");

	if (node < 0)
		node = dt_next_compatible(fdt, -1, "arm,armv7-timer");
	if (node < 0)
		return refuse(error, "unknown board: no generic timer on", board_name(fdt));
	int index = fdt_stringlist_search(fdt, node, "interrupt-names", "virt");
	if (index < 0)
		index = TIMER_VIRTUAL;
	if (!dt_interrupt(fdt, node, index, &platform->timer_line, &edge))
		return refuse(error, "device tree has no virtual timer interrupt", NULL);
	platform->timer_hz = dt_u32(fdt, node, "clock-frequency", 0);
	return true;
}

static void
scan_cpus(const void *fdt, struct platform *platform)
{
	int node;

	fdt_for_each_subnode(node, fdt, fdt_path_offset(fdt, "/cpus"))
	{
		if (dt_text_is(fdt, node, "device_type", "cpu"))
			platform->cpu_count++;
	}
}

/* What is left for drivers */

/*
 * Whether registers that begin here are the kernel's alone. The watchdog's are
 * not: the kernel uses them once, to end.
 */
static bool
base_is_kept(const struct platform *platform, uint64_t base)
{
	return base == platform->irqchip[0].base || base == platform->irqchip[1].base ||
	    (platform->mailbox.bytes != 0 && base == platform->mailbox.base);
}

/*
 * A node that the kernel keeps is kept with all of its registers, and with the
 * pages around them, whatever else lies there; *keep tells.
 */
static bool
collect_devices(const void *fdt, const struct dt_path *path, const struct platform *platform,
    struct ranges *devices, struct ranges *kept, bool *keep)
{
	struct boot_range range;

	for (int i = 0; dt_path_reg(fdt, path, i, &range.base, &range.bytes); i++) {
		if (i == 0)
			*keep = base_is_kept(platform, range.base);
		range = range_pages_around(range.base, range.bytes);
		if (*keep) {
			if (!ranges_add(kept, range))
				return false;
		} else if (range.bytes <= DEVICE_BYTES_MAX && range.base < HOME_BYTES) {
			if (!ranges_add(devices, range))
				return false;
		}
	}
	return true;
}

/* The triggers of a node's interrupts, if they go to this controller (a GIC). */
static void
collect_edges(const void *fdt, const struct dt_path *path, int controller, uint32_t phandle,
    struct platform *platform)
{
	int length;
	int cells = dt_specifier_cells(fdt, controller) * 4;
	const char *list = fdt_getprop(fdt, path->node[path->depth], "interrupts", &length);
	uint32_t line;
	bool edge;

	if (list == NULL || cells == 0 || dt_path_interrupt_parent(fdt, path) != phandle)
		return;
	for (int at = 0; at + cells <= length; at += cells)
		if (dt_specifier(fdt, controller, list + at, cells / 4, &line, &edge) && edge)
			platform->irq_edge[line / 32] |= 1u << (line % 32);
}

/* Cut merged ranges into pieces of 1 MiB at most. */
static bool
split_devices(struct ranges *devices)
{
	for (uint32_t i = 0; i < devices->count; i++) {
		struct boot_range *range = &devices->range[i];
		if (range->bytes <= DEVICE_BYTES_MAX)
			continue;
		if (devices->count == devices->capacity)
			return false;
		for (uint32_t j = devices->count++; j > i; j--)
			devices->range[j] = devices->range[j - 1];
		devices->range[i].bytes = DEVICE_BYTES_MAX;
		devices->range[i + 1].base += DEVICE_BYTES_MAX;
		devices->range[i + 1].bytes -= DEVICE_BYTES_MAX;
	}
	return true;
}

/* Walk the tree once; a disabled node hides all below it, and so does a kept one. */
static bool
scan_devices(const void *fdt, struct platform *platform, struct boot_error *error)
{
	static const char too_many[] = "device tree has too many devices";
	struct boot_range kept_ranges[KEPT_MAX];
	struct ranges kept = { kept_ranges, 0, KEPT_MAX };
	struct ranges devices = { platform->devices, 0, PLATFORM_DEVICES };
	struct dt_path path = { .depth = -1 };
	bool hides = false; /* the node just seen hides all below it */
	int gic = platform->irqchip_type == IRQCHIP_BCM2836 ? -1 : irqchip_node(fdt, NULL);
	uint32_t gic_phandle = gic < 0 ? 0 : fdt_get_phandle(fdt, gic);

	while (dt_path_next(fdt, &path, hides)) {
		int node = path.node[path.depth];

		hides = !dt_status_okay(fdt, node);
		if (hides || fdt_getprop(fdt, node, "reg", NULL) == NULL)
			continue;
		if (!collect_devices(fdt, &path, platform, &devices, &kept, &hides))
			return refuse(error, too_many, NULL);
		if (gic >= 0 && !hides)
			collect_edges(fdt, &path, gic, gic_phandle, platform);
	}
	for (uint32_t i = 0; i < platform->ram_count; i++)
		(void)ranges_remove(&devices, platform->ram[i]);
	for (uint32_t i = 0; i < platform->reserved_count; i++)
		(void)ranges_remove(&devices, platform->reserved[i]);
	for (uint32_t i = 0; i < kept.count; i++)
		if (!ranges_remove(&devices, kept_ranges[i]))
			return refuse(error, too_many, NULL);
	if (!split_devices(&devices))
		return refuse(error, too_many, NULL);
	platform->device_count = devices.count;
	return true;
}

bool
platform_scan(const void *fdt, const struct boot_image *image, struct platform *platform,
    struct boot_error *error)
{
	scan_cpus(fdt, platform);
	return lay_out_memory(fdt, image, platform, error) && scan_irqchip(fdt, platform, error) &&
	    scan_timer(fdt, platform, error) && scan_devices(fdt, platform, error);
}
