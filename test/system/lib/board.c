/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices for tests, from the device tree.
 */
#include "board.h"

#include <insula/bare.h>
#include <insula/device_tree.h>
#include <libfdt.h>

bool
board_console(struct board_uart *uart)
{
	const void *fdt = bare_device_tree();
	const int node = fdt == NULL ? -1 : dt_stdout(fdt);
	uint64_t base, bytes;
	bool edge;

	if (node < 0 || !dt_reg(fdt, node, 0, &base, &bytes) ||
	    !dt_interrupt(fdt, node, 0, &uart->line, &edge))
		return false;
	uart->registers = HOME_BASE + base;
	uart->mini = dt_compatible(fdt, node, "brcm,bcm2835-aux-uart");
	return uart->mini || dt_compatible(fdt, node, "arm,pl011");
}

const char *
board_model(void)
{
	const void *fdt = bare_device_tree();
	const char *name = fdt == NULL ? NULL : fdt_getprop(fdt, 0, "compatible", NULL);

	return name == NULL ? "unknown" : name;
}
