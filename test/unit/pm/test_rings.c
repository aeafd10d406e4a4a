/* SPDX-License-Identifier: BSD-2-Clause */
/* SOURCES: userland/lib/rpc/ring.c userland/lib/rpc/describe.c */
/* LIBS: -lpthread */
/*
 * The process manager's own RPC (src/pm/rings.c): its loop runs in a thread, and
 * each time it would sleep the test goes on: it plays the clients, the RPC insulator
 * and the kernel. One of the two runs at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <insula/handover.h>
#include <insula/process_info.h>

#include <pthread.h>
#include <semaphore.h>
#include <string.h>

/* The estate's own addresses lie where ASan keeps its shadow: the same layout, in ordinary memory. */
#define ENTRIES 65u
static _Alignas(4096) struct directory_entry directory[2 * DIRECTORY_ENTRIES_PER_PAGE];
static _Alignas(4096) uint8_t ring_pages[ENTRIES * RING_STRIDE];
#undef DIRECTORY
#undef RINGS_BASE
#undef HANDOVER
#undef ARCHIVE_BASE
#define DIRECTORY directory
#define RINGS_BASE ((uintptr_t)ring_pages)
#define HANDOVER NULL
#define ARCHIVE_BASE NULL

#include "../../../src/pm/rings.c" /* NOLINT(bugprone-suspicious-include) */

#define MATCH 7u       /* what every client of one description has in its entry */
#define DOORBELL 1000u /* of entry n: DOORBELL + n */
#define PEER 100u      /* at entry n: PEER + n */
#define LOG 128u

#define NUMBER(S, s, op_number, op, op_flags) ASK_##op = (op_number),
enum { RPC_SCAN(PROCESS_OPS(RPC_WITH(NUMBER, PROCESS, process))) };

/* --- what the manager does, and hears */

static struct {
	pid_number_t peer;
	uint64_t word;
} served[LOG];
static uint32_t served_count, sent, heard, disordered, busy_replies;
static struct rpc_reference deferred;
static uint64_t told, call_deadline_ns; /* told by the RPC insulator */
static err_t told_error, complete_error;
static size_t text_bytes;

static sem_t asleep, wake;
static pthread_t thread;
static bool running, ending, times_out;
static uint64_t rung_bits; /* of the manager's endpoint */
static uint32_t messages;  /* that wait there */
static uint32_t doorbell[ENTRIES];
uint32_t insulator_count;

/* As insula_recv, but that it gives the turn to the test where it would block. */
int
insula_recv(handle_t endpoint, uint64_t deadline_ns, struct message *m)
{
	(void)endpoint;
	while (rung_bits == 0 && messages == 0) {
		if (deadline_ns == TIME_NOW)
			return ERR_TIMED_OUT;
		sem_post(&asleep);
		sem_wait(&wake);
		if (ending)
			pthread_exit(NULL);
		if (times_out && deadline_ns != TIME_NEVER)
			return ERR_TIMED_OUT;
	}
	int got = (rung_bits != 0 ? RECV_BITS : 0) | (messages != 0 ? RECV_MESSAGE : 0);
	m->bits = rung_bits;
	rung_bits = 0;
	m->badge = sent;
	sent += messages != 0;
	messages -= messages != 0;
	return got;
}

err_t
insula_reply(handle_t endpoint, const struct message *m)
{
	(void)endpoint;
	busy_replies += (err_t)m->word[0] == ERR_BUSY;
	return OK;
}

err_t
insula_notify(handle_t endpoint)
{
	doorbell[endpoint - DOORBELL]++;
	return OK;
}

err_t
init_process(const struct handover *h, const void *archive)
{
	(void)h, (void)archive;
	return OK;
}

/* wait is answered later, kill ends its own client, power_off asks the RPC insulator. */
static err_t
handle(struct rpc_call *call, const void *in, void *out)
{
	const uint64_t *word = in;
	served[served_count].peer = call->peer;
	served[served_count++].word = word[0];
	switch (call->operation) {
	case ASK_wait:
		deferred = call->reference;
		return RPC_DEFERRED;
	case ASK_kill:
		directory[call->reference.entry].state = ENTRY_CLOSED;
		rung_bits |= 1ull << BIT_DIRECTORY;
		return OK;
	case ASK_find:
		text_bytes = strlen(in);
		return OK;
	case ASK_power_off: {
		const struct rpc_list_services_in asks = { .after_pid = word[0] };
		struct rpc_list_services_out answer = { 0 };
		told_error = rpc_list_services(rpc_to_rpc(), &asks, &answer, call_deadline_ns);
		told = answer.pid;
		return OK;
	}
	default:
		*(uint64_t *)out = word[0] + 1;
		return word[0] == 13 ? ERR_REFUSED : OK;
	}
}

#define ENTRY(S, s, op_number, op, op_flags)                        \
	{ .run = handle,                                            \
		.in_bytes = (uint16_t)sizeof(struct s##_##op##_in), \
		.out_bytes = (uint16_t)(sizeof(struct s##_##op##_out)) },

static const struct rpc_operation table[] = { RPC_SCAN(
    PROCESS_OPS(RPC_WITH(ENTRY, PROCESS, process))) };

/* The manager's messages: that RPC is up, or that something is there to answer a call with. */
static void
message(struct message *m)
{
	static const struct process_wait_out out = { .pid = 55 };
	disordered += m->badge != heard++;
	insulator_count = 3;
	if (deferred.number != 0)
		complete_error = rpc_complete(deferred, ERR_NOT_FOUND, &out, sizeof out);
}

static uint64_t
idle(void)
{
	return TIME_NEVER;
}

static void *
serve_thread(void *unused)
{
	static const struct rpc_service service = { .operations = table };
	static const struct rpc_hooks hooks = { .message = message, .idle = idle };
	(void)unused;
	rpc_serve(&service, 1, &hooks);
	return NULL;
}

/* Let the manager run until it sleeps. */
static void
until_asleep(void)
{
	if (running)
		sem_post(&wake);
	else
		assert_int_equal(pthread_create(&thread, NULL, serve_thread, NULL), 0);
	running = true;
	sem_wait(&asleep);
}

/* --- who is connected to it */

static struct ring_client client[ENTRIES];
static struct ring_server insulator;
static struct {
	uint32_t operation;
	uint64_t word;
} asked[LOG];
static uint32_t asked_count;

/* Make the entry and the empty rings of a connection, as the RPC insulator does. */
static void
open_entry(uint32_t n, uint16_t role, uint32_t depth, uint32_t in_bytes, uint32_t out_bytes)
{
	struct directory_entry *e = &directory[n];
	struct ring_geometry g;
	uint8_t *client_run = ring_pages + n * RING_STRIDE;
	assert_int_equal(ring_geometry_make(&g, depth, in_bytes, out_bytes), OK);
	uint8_t *server_run = client_run + g.pages * PAGE_BYTES;
	ring_pages_init(client_run, server_run, &g);
	e->role = role;
	e->peer = PEER + n;
	e->doorbell = DOORBELL + n;
	e->depth = g.depth;
	e->call_bytes = g.call_bytes;
	e->result_bytes = g.result_bytes;
	e->pages = g.pages;
	e->match = MATCH;
	e->generation++;
	e->state = ENTRY_OPEN;
	if (role == ROLE_SERVER)
		ring_client_adopt(&client[n], client_run, server_run, &g);
	else
		ring_server_adopt(&insulator, client_run, server_run, &g);
	rung_bits |= running ? 1ull << BIT_DIRECTORY : 0;
}

static void
open_client(uint32_t n, uint32_t depth)
{
	open_entry(n, ROLE_SERVER, depth, PROCESS_IN_BYTES, PROCESS_OUT_BYTES);
}

static void
close_client(uint32_t n)
{
	directory[n].state = ENTRY_CLOSED;
	rung_bits |= 1ull << BIT_DIRECTORY;
}

/* Client n makes a call, and rings if the manager sleeps. */
static void
call(uint32_t n, uint32_t operation, uint64_t word)
{
	struct ring_client *r = &client[n];
	assert_int_equal(ring_client_refresh(r), OK);
	assert_int_not_equal(ring_client_room(r), 0);
	struct ring_call *slot = ring_client_slot(r);
	memset(slot->words, 0, PROCESS_IN_BYTES);
	slot->operation = operation;
	slot->bytes = PROCESS_IN_BYTES;
	slot->words[0] = word;
	if (ring_client_publish(r))
		rung_bits |= 1ull << n % CONNECTION_BITS;
}

static void
call_now(uint32_t n, uint32_t operation, uint64_t word)
{
	call(n, operation, word);
	until_asleep();
}

/* The next answer that client n has is this one. */
static void
answered(uint32_t n, uint64_t number, err_t error, uint64_t word)
{
	assert_int_equal(ring_client_refresh(&client[n]), OK);
	const struct ring_result *slot = ring_client_result(&client[n]);
	assert_non_null(slot);
	assert_int_equal(slot->number, number);
	assert_int_equal(slot->error, error);
	assert_int_equal(slot->words[0], word);
	ring_client_consume(&client[n]);
}

static void
not_answered(uint32_t n)
{
	assert_int_equal(ring_client_refresh(&client[n]), OK);
	assert_null(ring_client_result(&client[n]));
}

/* The RPC insulator answers all it was asked, each with its first word and 100. */
static void
insulator_answers(void)
{
	while (ring_server_refresh(&insulator) == OK || ring_server_arm(&insulator)) {
		const struct ring_call *c = ring_server_call(&insulator);
		struct ring_result *slot = ring_server_result(&insulator);
		ring_server_take(&insulator);
		asked[asked_count].operation = c->operation;
		asked[asked_count++].word = c->words[0];
		slot->number = insulator.taken;
		slot->error = OK;
		slot->bytes = 8;
		slot->words[0] = c->words[0] + 100;
		rung_bits |= ring_server_publish(&insulator);
		rung_bits |= ring_server_done(&insulator);
	}
}

/* The n-th thing that the RPC insulator was asked is to take back this entry. */
static void
released(uint32_t n, uint32_t entry)
{
	assert_true(asked_count > n);
	assert_int_equal(asked[n].operation, 11); /* release, in insula/services/rpc.h */
	assert_int_equal(asked[n].word, entry);
}

static int
setup(void **state)
{
	(void)state;
	memset(directory, 0, sizeof directory);
	directory[0].reserved[0] = 2;       /* pages */
	directory[0].reserved[1] = ENTRIES; /* ever used */
	memset(links, 0, sizeof links);
	memset(doorbell, 0, sizeof doorbell);
	memset(&deferred, 0, sizeof deferred);
	links_used = kept_count = served_count = sent = heard = disordered = busy_replies =
	    messages = asked_count = 0;
	bits = rung_bits = told = 0;
	insulator_count = 3;
	call_deadline_ns = TIME_NEVER;
	running = ending = times_out = false;
	sem_init(&asleep, 0, 0);
	sem_init(&wake, 0, 0);
	open_entry(BIRTH_RPC, ROLE_CLIENT, RPC_DEPTH, 2048, 2048);
	assert_false(ring_server_arm(&insulator));
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	if (!running)
		return 0;
	ending = true;
	sem_post(&wake);
	return pthread_join(thread, NULL);
}

/* --- the server's half */

static void
r5_calls_of_a_client_are_answered_in_their_order_across_the_wrap(void **state)
{
	(void)state;
	open_client(3, 4);
	until_asleep();
	for (uint64_t n = 1; n <= 40; n += 4) {
		for (uint64_t k = n; k < n + 4; k++)
			call(3, ASK_list, k);
		until_asleep();
		for (uint64_t k = n; k < n + 4; k++)
			answered(3, k, k == 13 ? ERR_REFUSED : OK, k + 1);
		not_answered(3);
	}
	assert_int_equal(served_count, 40);
	for (uint64_t k = 0; k < 40; k++)
		assert_int_equal(served[k].word, k + 1);
}

static void
a_client_is_rung_only_if_it_sleeps(void **state)
{
	(void)state;
	open_client(3, 4);
	until_asleep();
	call_now(3, ASK_list, 1);
	assert_int_equal(doorbell[3], 0);
	answered(3, 1, OK, 2);
	call(3, ASK_list, 2);
	assert_false(ring_client_arm(&client[3]));
	until_asleep();
	assert_int_equal(doorbell[3], 1);

	/* For room too, which a call that is answered later leaves. */
	open_client(4, 1);
	call(4, ASK_wait, 0);
	assert_false(ring_client_arm(&client[4]));
	until_asleep();
	assert_int_equal(doorbell[4], 1);
}

static void
a_client_with_many_calls_does_not_keep_others_from_their_turn(void **state)
{
	(void)state;
	open_client(3, 64);
	open_client(4, 4);
	for (uint64_t k = 0; k < 64; k++)
		call(3, ASK_list, 0);
	call_now(4, ASK_list, 0);
	assert_int_equal(served_count, 65);
	assert_int_equal(served[CALLS_PER_TURN - 1].peer, PEER + 3);
	assert_int_equal(served[CALLS_PER_TURN].peer, PEER + 4);
	assert_int_equal(served[64].peer, PEER + 3);
}

static void
clients_that_share_a_bit_are_all_looked_at(void **state)
{
	(void)state;
	const uint32_t far = 3 + CONNECTION_BITS;
	open_client(3, 4);
	open_client(far, 4);
	until_asleep();
	call(far, ASK_list, 1);
	call(3, ASK_list, 2);
	assert_int_equal(rung_bits, 1u << 3);
	until_asleep();
	answered(far, 1, OK, 2);
	answered(3, 1, OK, 3);
}

static void
a_deferred_call_is_answered_later_and_holds_up_none(void **state)
{
	(void)state;
	open_client(3, 4);
	until_asleep();
	call(3, ASK_wait, 9);
	call_now(3, ASK_list, 1);
	answered(3, 2, OK, 2);
	not_answered(3);
	messages = 1;
	until_asleep();
	assert_int_equal(complete_error, OK);
	answered(3, 1, ERR_NOT_FOUND, 55);
}

static void
a_deferred_call_is_not_answered_to_the_entrys_next_client(void **state)
{
	(void)state;
	open_client(3, 4);
	until_asleep();
	call_now(3, ASK_wait, 9);
	close_client(3);
	until_asleep();
	open_client(3, 4);
	until_asleep();
	messages = 1;
	until_asleep();
	assert_int_equal(complete_error, ERR_NOT_FOUND);
	not_answered(3);
	call_now(3, ASK_list, 1);
	answered(3, 1, OK, 2);
}

static void
an_operation_that_does_not_exist_is_an_error_and_no_more(void **state)
{
	(void)state;
	static const uint32_t none[] = { 0, RPC_COUNT_OF(parameters) + 1, UINT32_MAX };
	open_client(3, 4);
	for (uint32_t i = 0; i < RPC_COUNT_OF(none); i++)
		call(3, none[i], 0);
	call_now(3, ASK_list, 1);
	for (uint32_t i = 0; i < RPC_COUNT_OF(none); i++)
		answered(3, i + 1, ERR_CALL, 0);
	answered(3, 4, OK, 2);
	assert_int_equal(served_count, 1);
}

static void
arguments_are_made_safe_or_refused(void **state)
{
	(void)state;
	open_client(3, 4);
	until_asleep();
	/* A text without an end: the handler finds one. */
	struct ring_call *slot = ring_client_slot(&client[3]);
	call(3, ASK_find, 0);
	memset(slot->words, 'x', PROCESS_IN_BYTES);
	/* A length that its field does not hold: the handler is not asked. */
	call_now(3, ASK_spawn_manifest, sizeof(struct spawn_descriptor) + 1);
	assert_int_equal(text_bytes, sizeof(((struct process_find_in *)0)->name) - 1);
	answered(3, 1, OK, 0);
	answered(3, 2, ERR_ARGUMENT, 0);
	assert_int_equal(served_count, 1);
}

static void
r3_a_client_whose_description_or_rings_do_not_fit_is_not_served(void **state)
{
	(void)state;
	open_client(3, 4);
	open_client(4, 4);
	directory[4].match = MATCH + 1;
	open_entry(5, ROLE_SERVER, 4, PROCESS_IN_BYTES, PROCESS_OUT_BYTES - 8);
	open_client(6, 4);
	directory[6].pages = RING_PAGES_MAX + 1; /* these rings are not touched at all */
	for (uint32_t n = 3; n <= 6; n++)
		call(n, ASK_list, 1);
	until_asleep();
	answered(3, 1, OK, 2);
	answered(4, 1, ERR_MISMATCH, 0);
	answered(5, 1, ERR_MISMATCH, 0);
	not_answered(6);
	assert_int_equal(served_count, 1);
}

static void
a_client_that_breaks_the_protocol_is_given_back_and_others_go_on(void **state)
{
	(void)state;
	for (uint32_t n = 3; n <= 5; n++)
		open_client(n, 4);
	until_asleep();
	atomic_store(&client[3].own->head, 5);          /* more calls than slots */
	atomic_store(&client[4].own->results_taken, 1); /* of results that are not there */
	rung_bits |= 3u << 3;
	call_now(5, ASK_list, 1);
	answered(5, 1, OK, 2);
	assert_int_equal(served_count, 1);
	insulator_answers();
	assert_int_equal(asked_count, 2);
	released(0, 3);
	released(1, 4);

	/* Marks that are right again do not bring it back. */
	atomic_store(&client[3].own->head, 0);
	call(3, ASK_list, 1);
	rung_bits |= 1u << 3;
	call_now(5, ASK_list, 2);
	not_answered(3);
	answered(5, 2, OK, 3);
}

static void
m6_calls_of_init_wait_until_rpc_is_up(void **state)
{
	(void)state;
	insulator_count = 0;
	open_client(3, 4);
	directory[3].peer = PID_INIT;
	open_client(4, 4);
	call(3, ASK_list, 1);
	call_now(4, ASK_list, 1);
	not_answered(3);
	answered(4, 1, OK, 2);
	messages = 1; /* that it is up */
	until_asleep();
	answered(3, 1, OK, 2);
}

/* --- connections that end */

static void
m2_a_client_that_its_own_call_ended_is_not_answered(void **state)
{
	(void)state;
	open_client(3, 4);
	open_client(4, 4);
	until_asleep();
	call(3, ASK_kill, 0);
	call(3, ASK_list, 1);
	call_now(4, ASK_list, 1);
	not_answered(3);
	assert_int_equal(client[3].peer->done, 0);
	answered(4, 1, OK, 2);
	insulator_answers();
	assert_int_equal(asked_count, 1);
	released(0, 3);
}

static void
r7_entries_of_closed_connections_are_given_back_once_each_even_when_many(void **state)
{
	(void)state;
	const uint32_t last = 3 + 2 * RPC_DEPTH;
	for (uint32_t n = 3; n <= last; n++)
		open_client(n, 4);
	open_client(last + 1, 4);
	until_asleep();
	for (uint32_t n = 3; n <= last; n++)
		close_client(n);
	until_asleep(); /* more than the ring to the RPC insulator holds: it waits */
	call(last + 1, ASK_list, 1);
	for (uint32_t round = 0; round <= last; round++) {
		insulator_answers();
		until_asleep();
	}
	assert_int_equal(asked_count, last - 2);
	for (uint32_t n = 3; n <= last; n++)
		released(n - 3, n);
	answered(last + 1, 1, OK, 2);
}

/* --- the client's half, in a handler */

static void
a_call_waits_for_its_own_answer_and_drops_those_before_it(void **state)
{
	(void)state;
	open_client(3, 4);
	open_client(4, 4);
	until_asleep();
	close_client(4); /* a release, whose answer is not waited for */
	call_now(3, ASK_power_off, 8);
	not_answered(3);
	insulator_answers();
	until_asleep();
	assert_int_equal(asked_count, 2);
	released(0, 4);
	assert_int_equal(doorbell[BIRTH_RPC], 1); /* it did not sleep any more */
	assert_int_equal(told_error, OK);
	assert_int_equal(told, 108);
	answered(3, 1, OK, 0);
}

static void
what_comes_while_a_call_waits_is_looked_at_after_it(void **state)
{
	(void)state;
	open_client(3, 4);
	open_client(4, 4);
	until_asleep();
	call_now(3, ASK_power_off, 8);
	call(4, ASK_list, 1);
	messages = MESSAGES + 3;
	until_asleep();
	not_answered(4);
	assert_int_equal(heard, 0);
	assert_int_equal(busy_replies, 3); /* no place to keep these */
	insulator_answers();
	until_asleep();
	answered(3, 1, OK, 0);
	answered(4, 1, OK, 2);
	assert_int_equal(heard, MESSAGES);
	assert_int_equal(disordered, 0);
}

static void
c10_a_call_that_is_too_late_leaves_no_answer_for_the_next(void **state)
{
	(void)state;
	open_client(3, 4);
	until_asleep();
	call_deadline_ns = TIME_NOW + 1;
	call_now(3, ASK_power_off, 8);
	times_out = true;
	until_asleep();
	assert_int_equal(told_error, ERR_TIMED_OUT);
	assert_int_equal(told, 0);
	times_out = false;
	call_now(3, ASK_power_off, 9);
	insulator_answers();
	until_asleep();
	assert_int_equal(told_error, OK);
	assert_int_equal(told, 109);
}

static void
a_server_that_is_gone_or_breaks_the_protocol_ends_the_wait(void **state)
{
	(void)state;
	open_client(3, 4);
	until_asleep();
	call_now(3, ASK_power_off, 8);
	atomic_store(&insulator.own->results_head, 9);
	rung_bits = 1;
	until_asleep();
	assert_int_equal(told_error, ERR_PROTOCOL);
	directory[BIRTH_RPC].state = ENTRY_CLOSED;
	call_now(3, ASK_power_off, 8);
	assert_int_equal(told_error, ERR_CLOSED);
	answered(3, 1, OK, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(r5_calls_of_a_client_are_answered_in_their_order_across_the_wrap),
		T(a_client_is_rung_only_if_it_sleeps),
		T(a_client_with_many_calls_does_not_keep_others_from_their_turn),
		T(clients_that_share_a_bit_are_all_looked_at),
		T(a_deferred_call_is_answered_later_and_holds_up_none),
		T(a_deferred_call_is_not_answered_to_the_entrys_next_client),
		T(an_operation_that_does_not_exist_is_an_error_and_no_more),
		T(arguments_are_made_safe_or_refused),
		T(r3_a_client_whose_description_or_rings_do_not_fit_is_not_served),
		T(a_client_that_breaks_the_protocol_is_given_back_and_others_go_on),
		T(m6_calls_of_init_wait_until_rpc_is_up),
		T(m2_a_client_that_its_own_call_ended_is_not_answered),
		T(r7_entries_of_closed_connections_are_given_back_once_each_even_when_many),
		T(a_call_waits_for_its_own_answer_and_drops_those_before_it),
		T(what_comes_while_a_call_waits_is_looked_at_after_it),
		T(c10_a_call_that_is_too_late_leaves_no_answer_for_the_next),
		T(a_server_that_is_gone_or_breaks_the_protocol_ends_the_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
