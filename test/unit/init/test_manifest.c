/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manifest: ours is accepted; each way to be wrong is refused with node and
 * property named, in the same words by init's reader and by
 * scripts/manifest-check; and no damage to the file is more than a refusal.
 */
/* SOURCES: userland/init/manifest.c userland/lib/text/text.c */
/* LIBS: -lfdt */
#include "../../../userland/init/manifest.h"

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ROOM 16384

static uint8_t good[ROOM]; /* dts/manifest.dts, with room to grow */
static uint8_t tree[ROOM];
static struct manifest m;

static int
compile_ours(void **state)
{
	(void)state;
	static uint8_t raw[ROOM];
	FILE *f = popen("dtc -q -I dts -O dtb dts/manifest.dts", "r");
	assert_non_null(f);
	const size_t bytes = fread(raw, 1, sizeof raw, f);
	assert_int_equal(pclose(f), 0);
	assert_in_range(bytes, 1, sizeof raw / 2);
	return fdt_open_into(raw, good, sizeof good);
}

static int
fresh(void **state)
{
	(void)state;
	memcpy(tree, good, sizeof tree);
	return 0;
}

static int
node(const char *name)
{
	char path[64];
	snprintf(path, sizeof path, "/processes/%s", name);
	return fdt_path_offset(tree, path);
}

/* What scripts/manifest-check says about the tree; "" when it accepts it. */
static void
ask_script(char *said, size_t room)
{
	char name[] = "/tmp/manifestXXXXXX", command[128];
	const int fd = mkstemp(name);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, tree, fdt_totalsize(tree)), fdt_totalsize(tree));
	close(fd);
	snprintf(command, sizeof command, "python3 scripts/manifest-check %s 2>&1", name);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	const size_t bytes = fread(said, 1, room - 1, f);
	said[bytes] = '\0';
	if (bytes > 0 && said[bytes - 1] == '\n')
		said[bytes - 1] = '\0';
	assert_int_equal(pclose(f) != 0, bytes != 0);
	unlink(name);
}

static void
both_refuse(const char *sentence)
{
	char said[512], expected[512];
	assert_int_equal(manifest_read(&m, tree, fdt_totalsize(tree)), ERR_BAD_MANIFEST);
	assert_string_equal(m.reason, sentence);
	ask_script(said, sizeof said);
	snprintf(expected, sizeof expected, "manifest: %s", sentence);
	assert_string_equal(said, expected);
}

#define REFUSED(change, sentence)           \
	do {                                \
		fresh(NULL);                \
		assert_true((change) >= 0); \
		both_refuse(sentence);      \
	} while (0)

static int
text(const char *of, const char *property, const char *value)
{
	return fdt_setprop(tree, node(of), property, value, (int)strlen(value) + 1);
}

static int
number(const char *of, const char *property, uint32_t value)
{
	return fdt_setprop_u32(tree, node(of), property, value);
}

static int
raw(const char *of, const char *property, const char *bytes, int length)
{
	return fdt_setprop(tree, node(of), property, bytes, length);
}

static int
without(const char *of, const char *property)
{
	return fdt_delprop(tree, node(of), property);
}

/* --- */

static void
our_manifest_is_accepted_and_says_what_it_says(void **state)
{
	(void)state;
	char said[256];
	assert_int_equal(manifest_read(&m, tree, fdt_totalsize(tree)), OK);
	ask_script(said, sizeof said);
	assert_string_equal(said, "");
	assert_true(m.count >= 8);
	for (unsigned pid = PID_PIDDB; pid <= PID_PROCESS; pid++)
		assert_string_equal(m.process[pid - PID_PIDDB].name, first_name(pid));
	assert_true(manifest_has_grant(&m.process[PID_MEMORY - PID_PIDDB], WORD_home));
	assert_false(manifest_has_grant(&m.process[PID_PATH - PID_PIDDB], WORD_home));
	assert_string_equal(m.process[PID_PROCESS - PID_PIDDB].binary, "/boot/pm");
}

static uint32_t
place_of(const char *name)
{
	uint32_t i = 0;
	while (i < m.count && strcmp(m.process[i].name, name) != 0)
		i++;
	return i;
}

static void
processes_come_behind_what_they_are_after(void **state)
{
	(void)state;
	/* The last node is wanted by the first one. */
	assert_true(raw("console", "after", "shell", 6) >= 0);
	assert_true(without("shell", "after") >= 0);
	assert_int_equal(manifest_read(&m, tree, fdt_totalsize(tree)), OK);
	assert_true(place_of("shell") < place_of("console"));
	for (uint32_t i = 0; i < m.count; i++)
		assert_int_equal(m.process[i].after & ~((1u << i) - 1), 0);
}

static void
grants_have_the_names_that_the_manifest_gives_them(void **state)
{
	(void)state;
	assert_int_equal(manifest_read(&m, tree, fdt_totalsize(tree)), OK);
	const struct manifest_process *p = &m.process[place_of("console")];
	assert_int_equal(p->grants, 2);
	assert_string_equal(p->grant[0].name, "uart");
	assert_int_equal(p->grant[0].word, WORD_device);
	assert_string_equal(m.process[place_of("archive")].grant[0].name, "archive");
}

static void
wrong_properties_are_refused_by_name(void **state)
{
	(void)state;
	REFUSED(
	    text("shell", "binray", "/boot/shell"), "node shell: property binray: is not known");
	REFUSED(without("shell", "binary"), "node shell: property binary: is missing");
	REFUSED(text("shell", "binary", "/bin/shell"),
	    "node shell: property binary: is not below /boot/: /bin/shell");
	REFUSED(raw("shell", "binary", "/boot/a\0/boot/b", 16),
	    "node shell: property binary: is one string only");
	REFUSED(raw("shell", "binary", "/boot/a", 7), "node shell: property binary: is not text");
	REFUSED(raw("shell", "after", "a\0\0b", 5), "node shell: property after: is not text");
	REFUSED(number("shell", "priority", 0),
	    "node shell: property priority: is out of range: 1 to 255");
	REFUSED(number("shell", "priority", 64),
	    "node shell: property priority: needs `privileged` above 63");
	REFUSED(raw("shell", "priority", "12345678", 8),
	    "node shell: property priority: is one number: <N>");
	REFUSED(number("shell", "stack", 5000),
	    "node shell: property stack: is not whole pages of 4096");
	REFUSED(text("shell", "restart", "yes"), "node shell: property restart: takes no value");
	REFUSED(text("shell", "policy", "best"),
	    "node shell: property policy: there is no policy best");
	REFUSED(number("shell", "heap-pages", 4),
	    "node shell: property heap-pages: is only for the five that init builds");
	REFUSED(text("path", "device", "stdout"),
	    "node path: property device: is not for the five that init builds");
	REFUSED(fdt_add_subnode(tree, node("shell"), "inner"), "node shell: has a node inside");
}

static void
a_lacking_grant_is_refused_by_the_name_that_the_program_gives_it(void **state)
{
	(void)state;
#define LACKING ", which the manifest does not give it"
	REFUSED(text("console", "grants", "uart=device"),
	    "node console: needs the grant `uart-irq=irq`" LACKING);
	REFUSED(
	    without("console", "grants"), "node console: needs the grant `uart=device`" LACKING);
	REFUSED(raw("console", "grants", "uart=irq\0uart-irq=device", 25),
	    "node console: needs the grant `uart=device`" LACKING);
	REFUSED(without("board", "grants"), "node board: needs the grant `mailbox`" LACKING);
	REFUSED(
	    text("board", "grants", "mailbox"), "node board: needs the grant `buffer=dma`" LACKING);
	REFUSED(without("archive", "grants"), "node archive: needs the grant `archive`" LACKING);
	REFUSED(
	    text("tracer", "grants", "trace"), "node tracer: needs the grant `tracing`" LACKING);
	REFUSED(text("watchdog", "grants", "registers=device"),
	    "node watchdog: needs the grant `firmware`" LACKING);
	REFUSED(text("kv", "binary", "/boot/console"),
	    "node kv: needs the grant `uart=device`" LACKING);
}

static void
wrong_grants_are_refused_by_name(void **state)
{
	(void)state;
	REFUSED(text("shell", "grants", "everything"),
	    "node shell: property grants: there is no grant everything");
	REFUSED(text("shell", "grants", "home"),
	    "node shell: property grants: only one of the five may have home");
	REFUSED(text("memory", "grants", "tables"), "node memory: property grants: lacks home");
	REFUSED(without("rpc", "grants"), "node rpc: property grants: lacks tables");
	REFUSED(raw("process", "grants", "spaces\0faults\0firmware\0irq", 27),
	    "node process: property grants: lacks archive");
	REFUSED(raw("process", "grants", "spaces\0faults\0firmware\0archive", 31),
	    "node process: property grants: lacks irq, which it is to pass on to console");
	REFUSED(raw("archive", "grants", "archive\0a=archive", 18),
	    "node archive: property grants: names twice archive");
	REFUSED(text("archive", "grants", "=archive"),
	    "node archive: property grants: has a name that is empty or too long for archive");
	REFUSED(without("console", "device"),
	    "node console: property device: is missing: a grant needs it");
	REFUSED(text("console", "device", "disk"),
	    "node console: property device: there is no board device disk");
	REFUSED(raw("console", "device", "stdout\0arm,pl011", 17),
	    "node console: property device: has more than stdout");
	REFUSED(raw("random", "device", "brcm,bcm2835-rng\0rng200", 24),
	    "node random: property device: there is no board device rng200");
	REFUSED(without("random", "grants"), "node random: property grants: lacks device");
	REFUSED(raw("kv", "device-optional", "", 0),
	    "node kv: property device-optional: there is no device");
	REFUSED(
	    number("random", "interrupt", 3), "node random: property interrupt: is not granted");
	REFUSED(raw("kv", "essential", "", 0) | raw("kv", "on-demand", "", 0),
	    "node kv: property on-demand: is not for an essential process");
	REFUSED(number("random", "interrupt", 64),
	    "node random: property interrupt: is out of range: 0 to 63");
	REFUSED(text("shell", "device", "stdout"), "node shell: property grants: lacks device");
}

static void
wrong_relations_are_refused_by_name(void **state)
{
	(void)state;
	REFUSED(text("shell", "after", "consul"),
	    "node shell: property after: there is no node consul");
	REFUSED(
	    text("shell", "after", "shell"), "node shell: property after: names the node itself");
	REFUSED(raw("console", "after", "shell", 6),
	    "node console: property after: goes round in a circle");
	REFUSED(text("archive", "service", "console"),
	    "node archive: property service: is also that of node console");
	REFUSED(text("path", "service", "paths"), "node path: property service: must be path");
	REFUSED(text("path", "calls", "memory"),
	    "node path: property calls: differs from what cannot deadlock");
	REFUSED(text("path", "calls", "console"),
	    "node path: property calls: is not one of the five: console");
	REFUSED(fdt_del_node(tree, node("piddb")), "node /processes: lacks the node piddb");
	REFUSED(fdt_set_name(tree, fdt_path_offset(tree, "/processes"), "programs"),
	    "node /processes: is missing");
	REFUSED(fdt_setprop(tree, 0, "compatible", "insula,manifest-9", 18),
	    "node /: property compatible: is not insula,manifest-1");
}

static void
too_many_processes_are_refused(void **state)
{
	(void)state;
	while (true) {
		char name[16];
		static unsigned n;
		snprintf(name, sizeof name, "more%u", n++);
		const int at = fdt_add_subnode(tree, fdt_path_offset(tree, "/processes"), name);
		assert_true(at >= 0);
		assert_true(text(name, "binary", "/boot/true") >= 0);
		assert_true(number(name, "priority", 1) >= 0);
		assert_true(number(name, "stack", 4096) >= 0);
		assert_true(number(name, "quota-pages", 16) >= 0);
		if (manifest_read(&m, tree, fdt_totalsize(tree)) != OK)
			break;
		assert_true(m.count <= MANIFEST_PROCESSES);
	}
	both_refuse("node /processes: has too many nodes");
}

static void
no_damage_is_more_than_a_refusal(void **state)
{
	(void)state;
	const uint32_t bytes = fdt_totalsize(good);
	uint64_t random = 99;
	for (unsigned round = 0; round < 20000; round++) {
		memcpy(tree, good, sizeof tree);
		for (unsigned flips = 1 + round % 3; flips > 0; flips--) {
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			tree[(random >> 33) % bytes] ^= (uint8_t)(1u << (random >> 30 & 7));
		}
		uint8_t *copy = malloc(bytes);
		memcpy(copy, tree, bytes);
		const err_t err = manifest_read(&m, copy, bytes);
		assert_true(err == OK || (err == ERR_BAD_MANIFEST && m.reason[0] != '\0'));
		free(copy);
	}
	for (uint32_t n = 0; n < bytes; n += 7) {
		uint8_t *copy = malloc(n ? n : 1);
		memcpy(copy, good, n);
		assert_int_equal(manifest_read(&m, copy, n), ERR_BAD_MANIFEST);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(our_manifest_is_accepted_and_says_what_it_says, fresh),
		cmocka_unit_test_setup(processes_come_behind_what_they_are_after, fresh),
		cmocka_unit_test_setup(grants_have_the_names_that_the_manifest_gives_them, fresh),
		cmocka_unit_test_setup(wrong_properties_are_refused_by_name, fresh),
		cmocka_unit_test_setup(
		    a_lacking_grant_is_refused_by_the_name_that_the_program_gives_it, fresh),
		cmocka_unit_test_setup(wrong_grants_are_refused_by_name, fresh),
		cmocka_unit_test_setup(wrong_relations_are_refused_by_name, fresh),
		cmocka_unit_test_setup(too_many_processes_are_refused, fresh),
		cmocka_unit_test_setup(no_damage_is_more_than_a_refusal, fresh),
	};
	return cmocka_run_group_tests(tests, compile_ours, NULL);
}
