/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: userland/servers/path/names.c userland/lib/path/path.c */
/*
 * The space of pathnames (N1), checked by example and against a model: lists
 * of components, compared one by one, with no string arithmetic.
 */
#include "../../../userland/servers/path/names.h"

#include <insula/state/state.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The state's own tests show that it undoes; here a write is a write. */
void
state_write(const void *at, const void *bytes, uint64_t length)
{
	memcpy((void *)(uintptr_t)at, bytes, length);
}

static struct names names;
static const char service[NAMES_SERVICE_BYTES] = "service";
static const char no_service[NAMES_SERVICE_BYTES];

static int
set_up(void **state)
{
	(void)state;
	memset(&names, 0, sizeof names);
	return 0;
}

/* A path as a message carries it: an array of fixed size, rubbish behind the NUL. */
static const char *
wire(const char *text)
{
	static char ring[4][NAMES_PATH_BYTES];
	static unsigned turn;
	char *buffer = ring[turn++ % 4];
	memset(buffer, 'x', NAMES_PATH_BYTES);
	strncpy(buffer, text, NAMES_PATH_BYTES);
	return buffer;
}

static uint64_t
attach(uint32_t owner, const char *prefix, const char *offers)
{
	char name[NAMES_SERVICE_BYTES] = "";
	memcpy(name, offers, strlen(offers));
	uint64_t number = 0;
	assert_int_equal(names_attach(&names, owner, wire(prefix), name, &number), OK);
	assert_int_not_equal(number, 0);
	return number;
}

static void
expect_resolved(uint32_t pid, const char *path, uint32_t owner, const char *rest)
{
	const struct names_attachment *found;
	char tail[NAMES_PATH_BYTES];
	assert_int_equal(names_resolve(&names, pid, wire(path), &found, tail), OK);
	assert_int_equal(found->owner, owner);
	assert_string_equal(tail, rest);
}

static void
expect_unresolved(const char *path, err_t err)
{
	const struct names_attachment *found;
	char tail[NAMES_PATH_BYTES];
	assert_int_equal(names_resolve(&names, 1, wire(path), &found, tail), err);
}

static void
normalisation_keeps_only_what_names_something(void **state)
{
	(void)state;
	static const char *const cases[][3] = {
		{ "/", "/", "/" },
		{ "/", "//", "/" },
		{ "/", "/.", "/" },
		{ "/", "/..", "/" },
		{ "/", "/a/b", "/a/b" },
		{ "/", "/a/b/", "/a/b" },
		{ "/", "//a///b//", "/a/b" },
		{ "/", "/a/./b/.", "/a/b" },
		{ "/", "/a/../b", "/b" },
		{ "/", "/a/b/../../..", "/" },
		{ "/", "/a/..b/...", "/a/..b/..." },
		{ "/", "a/b", "/a/b" },
		{ "/d/e", "a", "/d/e/a" },
		{ "/d/e", "../a", "/d/a" },
		{ "/d/e", "/a", "/a" },
		{ "/d/e", ".", "/d/e" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char normal[NAMES_PATH_BYTES];
		assert_int_equal(path_normalise(cases[i][0], wire(cases[i][1]), normal), OK);
		assert_string_equal(normal, cases[i][2]);
	}
}

static void
empty_and_endless_paths_are_refused(void **state)
{
	(void)state;
	char normal[NAMES_PATH_BYTES];
	assert_int_equal(path_normalise("/", wire(""), normal), ERR_ARGUMENT);

	char path[NAMES_PATH_BYTES];
	memset(path, 'a', sizeof path);
	path[0] = '/';
	assert_int_equal(path_normalise("/", path, normal), ERR_TOO_LONG);
	path[NAMES_PATH_BYTES - 1] = '\0';
	assert_int_equal(path_normalise("/", path, normal), OK);
	assert_memory_equal(normal, path, sizeof path);

	/* One byte more than fits, by the directory. */
	char relative[NAMES_PATH_BYTES] = "";
	memset(relative, 'b', NAMES_PATH_BYTES - 4);
	assert_int_equal(path_normalise("/d", relative, normal), OK);
	relative[NAMES_PATH_BYTES - 4] = 'b';
	assert_int_equal(path_normalise("/d", relative, normal), ERR_TOO_LONG);
}

static void
a_program_without_a_slash_is_in_boot(void **state)
{
	(void)state;
	static const char *const cases[][2] = { { "kv", "/boot/kv" }, { ".", "/boot" },
		{ "/boot/./kv", "/boot/kv" }, { "/boot/../boot//kv", "/boot/kv" },
		{ "boot/kv", "/boot/kv" }, { "../kv", "/kv" } };
	char normal[PATH_BYTES], path[PATH_BYTES + 1] = "";
	for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(path_of_program(cases[i][0], normal), OK);
		assert_string_equal(normal, cases[i][1]);
	}
	assert_int_equal(path_of_program("", normal), ERR_ARGUMENT);
	memset(path, 'a', PATH_BYTES - 7); /* "/boot/" and the NUL leave one less than these */
	path[PATH_BYTES - 7] = '\0';
	assert_int_equal(path_of_program(path, normal), OK);
	memset(path, 'a', PATH_BYTES - 6);
	assert_int_equal(path_of_program(path, normal), ERR_TOO_LONG);
	memset(path, 'a', PATH_BYTES);
	assert_int_equal(path_of_program(path, normal), ERR_TOO_LONG);
}

static void
N1_longest_prefix_wins(void **state)
{
	(void)state;
	expect_unresolved("/dev/x", ERR_NOT_FOUND);
	attach(20, "/", "root");
	attach(21, "/dev", "devices");
	attach(22, "/dev/serial", "console");
	attach(23, "/dev/ser", "other");

	expect_resolved(1, "/dev/serial/0", 22, "0");
	expect_resolved(1, "/dev/serial", 22, "");
	expect_resolved(1, "/dev/serials/0", 21, "serials/0");
	expect_resolved(1, "/dev/ser/a/b", 23, "a/b");
	expect_resolved(1, "/device", 20, "device");
	expect_resolved(1, "/", 20, "");
	expect_resolved(1, "/dev/../boot", 20, "boot");
}

static void
N1_newest_wins_among_equals_and_its_death_uncovers_the_next(void **state)
{
	(void)state;
	attach(20, "/dev", "first");
	attach(21, "/dev/", "second");
	uint64_t third = attach(22, "//dev", "third");
	expect_resolved(1, "/dev/x", 22, "x");
	assert_int_equal(names_detach(&names, 22, third), OK);
	expect_resolved(1, "/dev/x", 21, "x");
	attach(20, "/dev", "fourth");
	expect_resolved(1, "/dev/x", 20, "x");
	names_remove_process(&names, 20);
	expect_resolved(1, "/dev/x", 21, "x");
	names_remove_process(&names, 21);
	expect_unresolved("/dev/x", ERR_NOT_FOUND);
}

static void
only_the_owner_detaches_and_only_once(void **state)
{
	(void)state;
	uint64_t number = attach(20, "/dev", "devices");
	assert_int_equal(names_detach(&names, 21, number), ERR_NOT_FOUND);
	assert_int_equal(names_detach(&names, 20, number + 1), ERR_NOT_FOUND);
	assert_int_equal(names_detach(&names, 20, 0), ERR_NOT_FOUND);
	expect_resolved(1, "/dev", 20, "");
	assert_int_equal(names_detach(&names, 20, number), OK);
	assert_int_equal(names_detach(&names, 20, number), ERR_NOT_FOUND);
}

static void
a_service_is_attached_below_svc_and_goes_with_its_process(void **state)
{
	(void)state;
	const struct names_attachment *found;
	char offered[NAMES_SERVICE_BYTES] = "board", endless[NAMES_SERVICE_BYTES];
	assert_int_equal(names_attach_service(&names, 20, offered), OK);
	expect_resolved(1, "/svc/board", 20, "");
	assert_int_equal(names_list(&names, 1, wire("/svc"), 0, &found), OK);
	assert_string_equal(found->service, "board");
	names_remove_process(&names, 20);
	expect_unresolved("/svc/board", ERR_NOT_FOUND);
	memset(endless, 'x', sizeof endless);
	assert_int_equal(names_attach_service(&names, 20, endless), ERR_TOO_LONG);
}

static void
attachments_stay_with_the_pid_through_an_update(void **state)
{
	(void)state;
	attach(20, "/dev", "devices");
	assert_int_equal(names_add_process(&names, 20, wire("/old")), OK);
	assert_int_equal(names_add_process(&names, 30, wire("/new")), OK);
	names_update_process(&names, 20, 30);
	expect_resolved(1, "/dev/x", 20, "x");
	attach(1, "/", "root");
	expect_resolved(20, "f", 1, "new/f");
	expect_resolved(30, "f", 1, "old/f");
	names_remove_process(&names, 30);
	expect_resolved(1, "/dev/x", 20, "x");
	expect_resolved(30, "f", 1, "f");
}

static void
full_tables_are_one_named_error_and_change_nothing(void **state)
{
	(void)state;
	uint64_t number;
	for (unsigned i = 0; i < NAMES_ATTACHMENTS; i++)
		attach(20, "/dev", "devices");
	for (unsigned i = 0; i < NAMES_DIRECTORIES; i++)
		assert_int_equal(names_add_process(&names, 100 + i, wire("/d")), OK);
	static struct names before;
	before = names;

	assert_int_equal(names_attach(&names, 21, wire("/x"), service, &number), ERR_TOO_MANY);
	assert_int_equal(names_add_process(&names, 7, wire("/d")), ERR_TOO_MANY);
	assert_memory_equal(&names, &before, sizeof names);
	/* The root needs no record (PN3). */
	assert_int_equal(names_add_process(&names, 7, wire("/")), OK);
	assert_int_equal(names_add_process(&names, 7, wire("")), OK);
	assert_memory_equal(&names, &before, sizeof names);
}

static void
bad_names_are_refused_and_change_nothing(void **state)
{
	(void)state;
	uint64_t number = 7;
	char endless[NAMES_PATH_BYTES];
	memset(endless, '/', sizeof endless);
	static struct names before;
	before = names;

	assert_int_equal(names_attach(&names, 20, wire("/x"), no_service, &number), ERR_ARGUMENT);
	assert_int_equal(names_attach(&names, 20, endless, service, &number), ERR_TOO_LONG);
	assert_int_equal(names_attach(&names, 20, wire(""), service, &number), ERR_ARGUMENT);
	assert_int_equal(names_attach(&names, 20, wire("/x"), endless, &number), ERR_TOO_LONG);
	assert_int_equal(names_attach(&names, 0, wire("/x"), service, &number), ERR_NO_PROCESS);
	assert_int_equal(names_add_process(&names, 20, endless), ERR_TOO_LONG);
	expect_unresolved("", ERR_ARGUMENT);

	assert_int_equal(number, 7);
	assert_memory_equal(&names, &before, sizeof names);
}

static void
list_shows_each_visible_attachment_below_a_directory_once(void **state)
{
	(void)state;
	attach(20, "/", "root");
	attach(21, "/boot", "archive");
	attach(22, "/dev/serial", "hidden");
	attach(23, "/dev/serial", "console");
	attach(24, "/bootstrap", "other");
	static const struct {
		const char *directory;
		uint32_t owners[4];
	} cases[] = {
		{ "/", { 21, 23, 24, 0 } },
		{ "/dev", { 23, 0 } },
		{ "/boot", { 0 } },
		{ "/nowhere", { 0 } },
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct names_attachment *found;
		uint64_t n = 0;
		for (; cases[i].owners[n] != 0; n++) {
			assert_int_equal(
			    names_list(&names, 1, wire(cases[i].directory), n, &found), OK);
			assert_int_equal(found->owner, cases[i].owners[n]);
		}
		assert_int_equal(
		    names_list(&names, 1, wire(cases[i].directory), n, &found), ERR_NOT_FOUND);
		assert_int_equal(
		    names_list(&names, 1, wire(cases[i].directory), UINT64_MAX, &found),
		    ERR_NOT_FOUND);
	}
}

/* --- the model: a path is a list of single letters */

struct model_path {
	unsigned count;
	char name[40];
};

struct model_attachment {
	bool used;
	uint64_t number;
	uint32_t owner;
	struct model_path prefix;
};

static struct model_path
model_parse(const char *text)
{
	struct model_path p = { 0 };
	for (size_t i = 0; text[i] != '\0'; i++) {
		if (text[i] == '/')
			continue;
		if (text[i] == '.' && text[i + 1] == '.') {
			p.count -= p.count > 0;
			i++;
		} else if (text[i] != '.') {
			p.name[p.count++] = text[i];
		}
	}
	return p;
}

static void
random_path(char text[NAMES_PATH_BYTES])
{
	static const char *const part[] = { "/a", "/b", "/c", "/.", "/..", "/", "//a", "/b/" };
	text[0] = '\0';
	for (int n = 1 + rand() % 5; n > 0; n--)
		strcat(text, part[rand() % 8]);
}

static const struct model_attachment *
model_resolve(const struct model_attachment *all, const struct model_path *path)
{
	const struct model_attachment *best = NULL;
	for (unsigned i = 0; i < NAMES_ATTACHMENTS; i++) {
		const struct model_attachment *a = &all[i];
		if (!a->used || a->prefix.count > path->count ||
		    memcmp(a->prefix.name, path->name, a->prefix.count) != 0)
			continue;
		if (best == NULL || a->prefix.count > best->prefix.count ||
		    (a->prefix.count == best->prefix.count && a->number > best->number))
			best = a;
	}
	return best;
}

static void
model_step(struct model_attachment model[NAMES_ATTACHMENTS])
{
	char text[NAMES_PATH_BYTES];
	random_path(text);
	uint32_t pid = 20 + (uint32_t)rand() % 6;
	struct model_attachment *m = &model[rand() % NAMES_ATTACHMENTS];
	switch (rand() % 8) {
	case 0:
		names_remove_process(&names, pid);
		for (unsigned i = 0; i < NAMES_ATTACHMENTS; i++)
			model[i].used &= model[i].owner != pid;
		return;
	case 1:
		assert_int_equal(names_detach(&names, m->used ? m->owner : pid, m->number),
		    m->used ? OK : ERR_NOT_FOUND);
		m->used = false;
		return;
	default:
		for (m = model; m < model + NAMES_ATTACHMENTS && m->used; m++)
			;
		if (m == model + NAMES_ATTACHMENTS)
			return;
		m->number = attach(pid, text, "service");
		m->used = true;
		m->owner = pid;
		m->prefix = model_parse(text);
	}
}

static void
N1_holds_for_random_attachments_and_paths(void **state)
{
	(void)state;
	static struct model_attachment model[NAMES_ATTACHMENTS];
	memset(model, 0, sizeof model);
	srand(1);
	for (unsigned n = 0; n < 20000; n++) {
		model_step(model);
		char text[NAMES_PATH_BYTES];
		random_path(text);
		struct model_path path = model_parse(text);
		const struct model_attachment *want = model_resolve(model, &path);
		if (want == NULL) {
			expect_unresolved(text, ERR_NOT_FOUND);
			continue;
		}
		const struct names_attachment *found;
		char rest[NAMES_PATH_BYTES];
		assert_int_equal(names_resolve(&names, 1, wire(text), &found, rest), OK);
		assert_int_equal(found->number, want->number);
		struct model_path tail = model_parse(rest);
		assert_int_equal(tail.count, path.count - want->prefix.count);
		assert_memory_equal(tail.name, path.name + want->prefix.count, tail.count);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(normalisation_keeps_only_what_names_something, set_up),
		cmocka_unit_test_setup(empty_and_endless_paths_are_refused, set_up),
		cmocka_unit_test_setup(a_program_without_a_slash_is_in_boot, set_up),
		cmocka_unit_test_setup(N1_longest_prefix_wins, set_up),
		cmocka_unit_test_setup(
		    N1_newest_wins_among_equals_and_its_death_uncovers_the_next, set_up),
		cmocka_unit_test_setup(only_the_owner_detaches_and_only_once, set_up),
		cmocka_unit_test_setup(
		    a_service_is_attached_below_svc_and_goes_with_its_process, set_up),
		cmocka_unit_test_setup(attachments_stay_with_the_pid_through_an_update, set_up),
		cmocka_unit_test_setup(full_tables_are_one_named_error_and_change_nothing, set_up),
		cmocka_unit_test_setup(bad_names_are_refused_and_change_nothing, set_up),
		cmocka_unit_test_setup(
		    list_shows_each_visible_attachment_below_a_directory_once, set_up),
		cmocka_unit_test_setup(N1_holds_for_random_attachments_and_paths, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
