/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bare program says about itself: lines that test/system/insula.py counts.
 */
#include <insula/bare.h>

static unsigned checked, failed;

void
bare_report(bool good, const char *name, const char *why)
{
	checked++;
	if (good) {
		early_printf("ok %s\n", name);
		return;
	}
	failed++;
	early_printf("not ok %s: %s\n", name, why);
}

void
bare_expect(const char *name, long got, err_t expected)
{
	checked++;
	if (got == (long)expected) {
		early_printf("ok %s\n", name);
		return;
	}
	failed++;
	early_printf("not ok %s: %s instead of %s\n", name,
	    got <= 0 ? err_name((err_t)got) : "something", err_name(expected));
}

void
bare_done(void)
{
	early_printf("done %u\n", checked);
	bare_power_off(failed == 0 ? 0 : 1);
}
