/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The RPC insulator's registry, with a world that counts what is made and can
 * refuse anything: services and connections come and go (R7), act only with their
 * owner's PID (R1), close with an event (R2), and an error leaves nothing behind.
 */
/* SOURCES: userland/servers/rpc/registry.c userland/servers/rpc/connections.c
 * userland/lib/rpc/describe.c userland/lib/rpc/ring.c userland/lib/state/log.c
 * userland/lib/state/segment.c userland/lib/state/arena.c userland/lib/state/schema.c
 * userland/lib/text/text.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../../userland/servers/rpc/registry.h"

#include <insula/services/console.h>
#include <insula/services/files.h>
#include <insula/services/memory.h>
#include <insula/services/process.h>

#include <stdlib.h>
#include <string.h>

RPC_DEFINE_DESCRIPTION(RPC, rpc)
RPC_DEFINE_DESCRIPTION(MEMORY, memory)
RPC_DEFINE_DESCRIPTION(PROCESS, process)
RPC_DEFINE_DESCRIPTION(CONSOLE, console)
RPC_DEFINE_DESCRIPTION(FILES, files)

/* --- the world */

#define PIDS 32u
#define ASK 77u /* where the process asks for its first connections */
static struct directory_entry directory[PIDS][DIRECTORY_ENTRIES_PER_PAGE];
static int mapped[PIDS][DIRECTORY_ENTRIES_PER_PAGE];
static int capabilities, own_bells, endpoints;
static int rung[PIDS];
static int fail_after; /* 0: never; n: the n-th thing that is made fails */

static bool
fails(void)
{
	return fail_after > 0 && --fail_after == 0;
}

struct directory_entry *
world_directory(pid_number_t pid)
{
	assert_true(pid < PIDS);
	return directory[pid];
}

err_t
world_share(pid_number_t client, uint32_t client_entry, pid_number_t server, uint32_t server_entry,
    uint32_t pages)
{
	if (fails())
		return ERR_QUOTA;
	assert_true(pages >= 1 && pages <= RING_PAGES_MAX);
	assert_int_equal(mapped[client][client_entry]++, 0);
	assert_int_equal(mapped[server][server_entry]++, 0);
	return OK;
}

err_t
world_unshare(pid_number_t pid, uint32_t entry, uint32_t pages)
{
	(void)pages;
	assert_int_equal(mapped[pid][entry]--, 1);
	return OK;
}

err_t
world_bell(
    handle_t from_estate, handle_t endpoint, handle_t to_estate, uint64_t bits, handle_t *bell)
{
	(void)from_estate;
	(void)endpoint;
	(void)to_estate;
	assert_true(bits != 0 && (bits & (bits - 1)) == 0 && bits < 1ull << CONNECTION_BITS);
	if (fails())
		return ERR_NO_SLOT;
	*bell = (handle_t)(100 + capabilities++);
	return OK;
}

err_t
world_own_bell(handle_t estate, handle_t endpoint, handle_t *bell)
{
	(void)endpoint;
	if (fails())
		return ERR_NO_SLOT;
	own_bells++;
	*bell = estate; /* estates are numbered as PIDs here */
	return OK;
}

err_t
world_ask(pid_number_t pid, handle_t estate, handle_t *ask)
{
	assert_int_equal(pid, estate);
	if (fails())
		return ERR_NO_SLOT;
	*ask = ASK;
	return OK;
}

void
world_drop(handle_t estate, handle_t capability)
{
	(void)estate;
	(void)capability;
	capabilities--;
}

void
world_drop_own(handle_t bell)
{
	(void)bell;
	own_bells--;
}

void
world_ring(handle_t bell)
{
	rung[bell]++;
}

err_t
world_endpoint(handle_t estate, handle_t *endpoint)
{
	(void)estate;
	if (fails())
		return ERR_NO_FUND;
	endpoints++;
	*endpoint = 50;
	return OK;
}

void
world_drop_endpoint(handle_t estate, handle_t endpoint)
{
	(void)estate;
	(void)endpoint;
	endpoints--;
}

/* --- as rpc_serve does: what fails is undone */

static uint64_t transactions;

static err_t
done(err_t err)
{
	if (err == OK && state_dirty())
		state_commit();
	else
		state_undo();
	state_begin(STATE_ID(1, 1, ++transactions));
	return err;
}

static void *segment;

static void
add(pid_number_t pid, const struct rpc_interface *i, err_t wanted)
{
	assert_int_equal(done(registry_adopt_service(pid, i)), wanted);
}

static int
setup(void **state)
{
	(void)state;
	memset(directory, 0, sizeof directory);
	memset(mapped, 0, sizeof mapped);
	memset(rung, 0, sizeof rung);
	capabilities = own_bells = endpoints = fail_after = 0;
	segment = calloc(1, REGISTRY_STATE_BYTES);
	assert_int_equal(state_create(segment, REGISTRY_STATE_BYTES, &registry_schema), OK);
	state_begin(STATE_ID(1, 1, ++transactions));
	for (pid_number_t pid = 2; pid <= 4; pid++)
		assert_int_equal(done(registry_adopt_process(pid, pid)), OK);
	add(2, &rpc_interface, OK);
	add(3, &process_interface, OK);
	add(4, &memory_interface, OK);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(segment);
	return 0;
}

static char reason[RPC_REASON_BYTES];

static err_t
open_to(pid_number_t client, pid_number_t server, const struct rpc_interface *i, uint32_t flags,
    cid_t_ *cid, uint32_t *entry)
{
	static uint8_t description[RPC_DESCRIPTION_BYTES];
	struct registry_request request = {
		.server = server, .flags = flags, .description = description
	};
	request.bytes = rpc_encode(i, description, sizeof description);
	return done(registry_add_connection(client, &request, cid, entry, reason));
}

/* The entry has pages and a doorbell. */
static bool
is_made(pid_number_t pid, uint32_t entry)
{
	uint32_t state = directory[pid][entry].state;
	return state == ENTRY_OPEN || state == ENTRY_CLOSED;
}

static void
a_process_has_three_connections_from_its_first_use_of_them_on_and_leaves_nothing(void **state)
{
	(void)state;
	int bells = own_bells;
	assert_int_equal(done(registry_add_process(9, 9)), OK);
	assert_int_equal(directory[9][0].reserved[1], 3);
	assert_int_equal(capabilities, 0);
	for (uint32_t n = 0; n < 3; n++) {
		assert_int_equal(directory[9][n].state, ENTRY_ASK);
		assert_int_equal(directory[9][n].doorbell, HANDLE_ESTATE | ASK);
		assert_int_equal(directory[2 + n][3].state, ENTRY_FREE);
	}
	assert_null(registry_next_connection(0, 0));
	for (uint32_t n = 3; n-- > 0;) {
		assert_int_equal(done(registry_ask(9, n)), OK);
		assert_int_equal(directory[9][n].state, ENTRY_OPEN);
		assert_int_equal(directory[9][n].role, ROLE_CLIENT);
		assert_int_equal(directory[9][n].peer, 2 + n);
		assert_int_equal(directory[2 + n][3].state, ENTRY_OPEN);
		assert_int_equal(directory[2 + n][3].role, ROLE_SERVER);
		assert_int_equal(directory[2 + n][3].peer, 9);
		assert_int_equal(directory[9][n].match, directory[2 + n][3].match);
		assert_int_equal(rung[2 + n], 1);
		struct ring_geometry g = { directory[9][n].depth, directory[9][n].call_bytes,
			directory[9][n].result_bytes, directory[9][n].pages };
		assert_true(ring_geometry_valid(&g));
	}
	assert_int_equal(done(registry_remove_process(9)), OK);
	for (pid_number_t pid = 2; pid <= 4; pid++) {
		assert_int_equal(directory[pid][3].state, ENTRY_CLOSED);
		assert_int_equal(rung[pid], 2);
		assert_int_equal(done(registry_release(pid, 3)), OK);
		assert_int_equal(directory[pid][3].state, ENTRY_FREE);
		assert_int_equal(mapped[pid][3], 0);
	}
	assert_int_equal(own_bells, bells);
	/* Its own side's three doorbells go with its estate. */
	assert_int_equal(capabilities, 3);
	assert_null(registry_next_connection(0, 0));
}

static void
asking_again_and_asking_for_what_is_not_kept_change_nothing(void **state)
{
	(void)state;
	assert_int_equal(done(registry_add_process(9, 9)), OK);
	assert_int_equal(done(registry_ask(9, 2)), OK);
	const uint64_t sum = state_checksum();
	const int before = capabilities;
	assert_int_equal(done(registry_ask(9, 2)), OK);
	assert_int_equal(done(registry_ask(9, 3)), ERR_ARGUMENT);
	assert_int_equal(done(registry_ask(9, UINT64_MAX)), ERR_ARGUMENT);
	assert_int_equal(done(registry_ask(8, 0)), ERR_NO_PROCESS);
	assert_int_equal(done(registry_ask(PID_INVALID, 0)), ERR_NO_PROCESS);
	assert_int_equal(done(registry_ask(3, 0)), ERR_CLOSED); /* init gives what it has */
	assert_int_equal(capabilities, before);
	assert_int_equal(rung[4], 1);
	assert_true(state_checksum() == sum);
	/* What was closed is not made again. */
	assert_int_equal(done(registry_remove_service(4, 1)), OK);
	assert_int_equal(done(registry_ask(9, 2)), ERR_CLOSED);
	assert_int_equal(done(registry_add_process(8, 8)), OK);
	assert_int_equal(done(registry_ask(8, 2)), ERR_NOT_FOUND);
	assert_int_equal(directory[8][2].state, ENTRY_ASK);
}

/* Everything of processes 5 and up is as before they came. */
static void
expect_nothing_made(uint64_t sum, int bells, uint32_t state_of_9)
{
	assert_int_equal(capabilities, 0);
	assert_int_equal(own_bells, bells);
	for (uint32_t k = 0; k < 8; k++) {
		for (pid_number_t pid = 2; pid <= 9; pid++) {
			assert_int_equal(mapped[pid][k], 0);
			assert_int_equal(
			    directory[pid][k].state, pid == 9 && k < 3 ? state_of_9 : ENTRY_FREE);
		}
	}
	assert_int_equal(rung[2] + rung[3] + rung[4], 0);
	assert_true(state_checksum() == sum);
}

static void
m1_a_birth_that_is_refused_at_any_step_leaves_nothing(void **state)
{
	(void)state;
	const uint64_t sum = state_checksum();
	int n = 1;
	for (;; n++) {
		fail_after = n;
		err_t err = done(registry_add_process(9, 9));
		if (err == OK)
			break;
		expect_nothing_made(sum, 3, ENTRY_FREE);
		assert_true(n < 20);
	}
	assert_true(n > 2); /* each of its capabilities was refused once */
}

static void
an_ask_that_is_refused_at_any_step_leaves_nothing_and_may_be_repeated(void **state)
{
	(void)state;
	assert_int_equal(done(registry_add_process(9, 9)), OK);
	const uint64_t sum = state_checksum();
	int n = 1;
	for (;; n++) {
		fail_after = n;
		err_t err = done(registry_ask(9, 1));
		if (err == OK)
			break;
		expect_nothing_made(sum, 4, ENTRY_ASK);
		assert_true(n < 20);
	}
	assert_true(n > 3); /* pages and both doorbells */
	assert_int_equal(directory[9][1].state, ENTRY_OPEN);
}

static void
r1_services_and_connections_act_only_with_their_owners_pid(void **state)
{
	(void)state;
	cid_t_ cid;
	uint32_t entry;
	assert_int_equal(done(registry_add_process(8, 8)), OK);
	assert_int_equal(done(registry_add_process(9, 9)), OK);
	add(8, &console_interface, OK);
	assert_int_equal(open_to(9, PID_INVALID, &console_interface, 0, &cid, &entry), OK);
	assert_int_equal(done(registry_remove_service(9, 1)), ERR_NOT_FOUND);
	assert_int_equal(done(registry_remove_connection(8, cid)), ERR_NOT_FOUND);
	assert_int_equal(done(registry_remove_connection(9, cid + 1)), ERR_NOT_FOUND);
	assert_int_equal(done(registry_remove_connection(9, CID_INVALID)), ERR_NOT_FOUND);
	assert_int_equal(done(registry_release(8, entry + 1)), ERR_NOT_FOUND);
	assert_int_equal(directory[9][entry].state, ENTRY_OPEN);
	assert_int_equal(done(registry_remove_connection(9, cid)), OK);
}

static void
r2_removing_a_service_closes_its_connections_and_clients_learn_it(void **state)
{
	(void)state;
	cid_t_ cid[2];
	uint32_t entry[2];
	assert_int_equal(done(registry_add_process(8, 8)), OK);
	assert_int_equal(done(registry_add_process(9, 9)), OK);
	add(8, &console_interface, OK);
	assert_int_equal(open_to(9, PID_INVALID, &console_interface, 0, &cid[0], &entry[0]), OK);
	assert_int_equal(open_to(9, PID_INVALID, &console_interface, RPC_CONNECTION_OWN_ENDPOINT,
			     &cid[1], &entry[1]),
	    OK);
	assert_int_equal(endpoints, 1);
	rung[8] = rung[9] = 0;
	assert_int_equal(done(registry_remove_service(8, 1)), OK);
	for (int n = 0; n < 2; n++) {
		assert_int_equal(directory[9][entry[n]].state, ENTRY_CLOSED);
		assert_int_equal(directory[8][3 + n].state, ENTRY_CLOSED);
	}
	assert_true(rung[9] >= 3); /* both, and the one's own endpoint */
	assert_true(rung[8] >= 2);
	/* The pages stay until each side says that it has stopped looking. */
	assert_int_equal(mapped[9][entry[0]], 1);
	assert_int_equal(done(registry_remove_connection(9, cid[0])), OK);
	assert_int_equal(mapped[9][entry[0]], 0);
	assert_int_equal(mapped[8][3], 1);
	assert_int_equal(done(registry_release(8, 3)), OK);
	assert_int_equal(done(registry_release(8, 4)), OK);
	assert_int_equal(done(registry_release(9, entry[1])), OK);
	assert_int_equal(endpoints, 0);
	assert_int_equal(
	    open_to(9, PID_INVALID, &console_interface, 0, &cid[0], &entry[0]), ERR_NOT_FOUND);
}

static void
r3_a_mismatch_makes_nothing_and_says_why(void **state)
{
	(void)state;
	cid_t_ cid;
	uint32_t entry;
	assert_int_equal(done(registry_add_process(9, 9)), OK);
	int before = capabilities;
	struct rpc_interface false_name = files_interface;
	false_name.name = "memory";
	assert_int_equal(open_to(9, PID_INVALID, &false_name, 0, &cid, &entry), ERR_MISMATCH);
	assert_string_equal(reason, "memory: the server does not know the operation 'stat'");
	assert_int_equal(open_to(9, 3, &files_interface, 0, &cid, &entry), ERR_NOT_FOUND);
	assert_int_equal(capabilities, before);
	assert_int_equal(directory[9][3].state, ENTRY_FREE);
}

static void
r7_an_entry_that_is_used_again_has_another_generation(void **state)
{
	(void)state;
	cid_t_ cid;
	uint32_t entry, first;
	assert_int_equal(done(registry_add_process(9, 9)), OK);
	assert_int_equal(open_to(9, 4, &memory_interface, 0, &cid, &first), OK);
	assert_int_equal(directory[9][0].reserved[1], first + 1);
	assert_int_equal(directory[4][0].reserved[1], 0); /* nobody has counted them */
	uint32_t generation = directory[9][first].generation;
	assert_int_equal(done(registry_remove_connection(9, cid)), OK);
	assert_int_equal(open_to(9, 4, &memory_interface, 0, &cid, &entry), OK);
	assert_int_equal(entry, first);
	assert_int_not_equal(directory[9][first].generation, generation);
}

static void
the_newest_service_of_a_name_is_found_and_a_repeated_offer_replaces(void **state)
{
	(void)state;
	cid_t_ cid;
	uint32_t entry;
	for (pid_number_t pid = 7; pid <= 9; pid++)
		assert_int_equal(done(registry_add_process(pid, pid)), OK);
	add(7, &console_interface, OK);
	add(8, &console_interface, OK);
	assert_int_equal(open_to(9, PID_INVALID, &console_interface, 0, &cid, &entry), OK);
	assert_int_equal(directory[9][entry].peer, 8);
	assert_int_equal(open_to(9, 7, &console_interface, 0, &cid, &entry), OK);
	assert_int_equal(directory[9][entry].peer, 7);
	/* An update: the same service says again what it is; its connections stay. */
	struct rpc_interface later = console_interface;
	later.version = 2;
	add(7, &later, OK);
	assert_int_equal(directory[9][entry].state, ENTRY_OPEN);
	assert_int_equal(registry_find_service(7, 1)->version, 2);
	assert_null(registry_find_service(7, 2));
	const struct registry_description *d = registry_describe(7, 4);
	assert_null(d);
	d = registry_describe(7, 3);
	assert_non_null(d);
}

static void
random_comings_and_goings_leave_nothing(void **state)
{
	(void)state;
	srand(21);
	bool alive[PIDS] = { [2] = true, [3] = true, [4] = true };
	uint64_t clean = 0;
	for (uint32_t round = 0; round < 30000; round++) {
		pid_number_t pid = 5 + (pid_number_t)rand() % 10;
		cid_t_ cid;
		uint32_t entry = (uint32_t)rand() % 12;
		if (round == 1000) {
			for (pid_number_t p = 2; p < 5; p++)
				registry_count_entries(p);
		}
		fail_after = rand() % 8 == 0 ? 1 + rand() % 9 : 0;
		switch (rand() % 7) {
		case 0:
			if (done(registry_add_process(pid, pid)) == OK)
				alive[pid] = true;
			break;
		case 1:
			if (rand() % 3 == 0 && done(registry_remove_process(pid)) == OK) {
				alive[pid] = false;
				/* Memory takes the estate apart. */
				for (uint32_t n = 0; n < DIRECTORY_ENTRIES_PER_PAGE; n++) {
					if (is_made(pid, n))
						capabilities--;
				}
				memset(directory[pid], 0, sizeof directory[pid]);
				memset(mapped[pid], 0, sizeof mapped[pid]);
			}
			break;
		case 2:
			(void)!done(registry_adopt_service(
			    pid, rand() % 2 == 0 ? &console_interface : &files_interface));
			break;
		case 3:
			(void)!open_to(pid, PID_INVALID,
			    rand() % 2 == 0 ? &console_interface : &files_interface, 0, &cid,
			    &entry);
			break;
		case 4:
			(void)!done(registry_remove_service(pid, 1 + (sid_t_)rand() % 2));
			break;
		case 5:
			(void)!done(registry_ask(pid, entry % 4));
			break;
		default:
			if (entry >= 3 && alive[pid])
				(void)!done(registry_release(pid, entry));
		}
		/* A side looks at its closed entries, sooner or later. */
		for (pid_number_t p = 2; p < 15; p++) {
			for (uint32_t n = 0; n < DIRECTORY_ENTRIES_PER_PAGE; n++) {
				fail_after = 0;
				if (directory[p][n].state == ENTRY_CLOSED && rand() % 4 == 0)
					assert_int_equal(done(registry_release(p, n)), OK);
				assert_int_equal(mapped[p][n], is_made(p, n));
				/* What a directory says of its reach covers every entry in use. */
				uint32_t used = directory[p][0].reserved[1];
				assert_true(
				    directory[p][n].state == ENTRY_FREE || used == 0 || n < used);
			}
		}
	}
	for (pid_number_t p = 5; p < 15; p++) {
		(void)!done(registry_remove_process(p));
		memset(mapped[p], 0, sizeof mapped[p]);
		for (uint32_t n = 0; n < DIRECTORY_ENTRIES_PER_PAGE; n++) {
			if (is_made(p, n))
				capabilities--;
		}
		memset(directory[p], 0, sizeof directory[p]);
	}
	for (pid_number_t p = 2; p < 5; p++) {
		for (uint32_t n = 0; n < DIRECTORY_ENTRIES_PER_PAGE; n++) {
			if (directory[p][n].state == ENTRY_CLOSED)
				assert_int_equal(done(registry_release(p, n)), OK);
			assert_int_equal(directory[p][n].state, ENTRY_FREE);
		}
	}
	assert_int_equal(capabilities, 0);
	assert_int_equal(own_bells, 3);
	const struct registry *r = state_root();
	for (uint32_t n = 0; n < DESCRIPTIONS; n++) /* G3 */
		clean += r->description[n].users;
	assert_int_equal(clean, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_process_has_three_connections_from_its_first_use_of_them_on_and_leaves_nothing,
		    setup, teardown),
		cmocka_unit_test_setup_teardown(
		    asking_again_and_asking_for_what_is_not_kept_change_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    m1_a_birth_that_is_refused_at_any_step_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    an_ask_that_is_refused_at_any_step_leaves_nothing_and_may_be_repeated, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    r1_services_and_connections_act_only_with_their_owners_pid, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    r2_removing_a_service_closes_its_connections_and_clients_learn_it, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    r3_a_mismatch_makes_nothing_and_says_why, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    r7_an_entry_that_is_used_again_has_another_generation, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    the_newest_service_of_a_name_is_found_and_a_repeated_offer_replaces, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(
		    random_comings_and_goings_leave_nothing, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
