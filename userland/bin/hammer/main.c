/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hammer: load a key-value service, and prove that it did each call once and in
 * order. It keeps the ledger on its own end, and compares it with the server's.
 */
#include "script.h"

#include <insula/clock.h>
#include <insula/process.h>
#include <insula/rpc/client.h>
#include <insula/services/kv.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

RPC_DEFINE_SERVICE(KV, kv)

#define CLIENTS_MAX 16u

static const char help[] =
    "usage: hammer SERVICE [--clients N] [--calls N] [--seed N] [--window N] [--progress]\n"
    "Load a key-value service and check every answer.\n"
    "  SERVICE      its name: kv\n"
    "  --clients N  connections, 1 to 16; 1\n"
    "  --calls N    calls that each of them makes; 1000\n"
    "  --seed N     another seed makes other calls; 1\n"
    "  --window N   calls in flight on each connection, 1 to 64; 64\n"
    "  --progress   a line every tenth of the way\n"
    "Ends with sent= answered= lost= repeated= reordered=; status 0 if the last three are 0\n"
    "and every value was right.\n";

struct client {
	struct rpc_connection *connection;
	struct script script;
	uint64_t id; /* line of the server's ledger */
	uint64_t last_number;
	uint64_t repeated, reordered, wrong;
	uint64_t heard_ns; /* of the last answer, or of the first call after a silence */
	bool over;
};

struct options {
	const char *service;
	uint64_t clients, calls, seed, window;
	bool progress;
};

static struct client client[CLIENTS_MAX];
static uint64_t longest_pause_ns;

static int
usage_error(const char *what, const char *argument)
{
	fprintf(stderr, "hammer: %s: '%s'; hammer --help says what is\n", what, argument);
	return 2;
}

static bool
parse_number(const char *text, uint64_t most, uint64_t *value)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || n == 0 || n > most)
		return false;
	*value = n;
	return true;
}

static int
parse(int argc, char **argv, struct options *o)
{
	for (int n = 1; n < argc; n++) {
		uint64_t *value = NULL;
		uint64_t most = 1000000000000ull;
		if (strcmp(argv[n], "--help") == 0) {
			fputs(help, stdout);
			return -1;
		}
		if (strcmp(argv[n], "--progress") == 0) {
			o->progress = true;
			continue;
		}
		if (argv[n][0] != '-') {
			if (o->service != NULL)
				return usage_error("one service only, not also", argv[n]);
			o->service = argv[n];
			continue;
		}
		if (strcmp(argv[n], "--clients") == 0) {
			value = &o->clients;
			most = CLIENTS_MAX;
		} else if (strcmp(argv[n], "--calls") == 0) {
			value = &o->calls;
		} else if (strcmp(argv[n], "--seed") == 0) {
			value = &o->seed;
		} else if (strcmp(argv[n], "--window") == 0) {
			value = &o->window;
			most = SCRIPT_WINDOW;
		} else {
			return usage_error("no such option", argv[n]);
		}
		if (n + 1 == argc)
			return usage_error("a number must follow", argv[n]);
		if (!parse_number(argv[++n], most, value)) {
			fprintf(stderr, "hammer: %s %s: not a number from 1 to %lu\n", argv[n - 1],
			    argv[n], (unsigned long)most);
			return 2;
		}
	}
	if (o->service == NULL) {
		fputs(help, stderr);
		return 2;
	}
	return 0;
}

/* --- calls and answers */

static err_t
send_call(struct client *c)
{
	const struct script_call *s = script_next(&c->script);
	if (s->operation == SCRIPT_GET) {
		const struct kv_get_in in = { .key = s->key };
		return kv_get_send(c->connection, &in, &c->last_number);
	}
	if (s->operation == SCRIPT_DELETE) {
		const struct kv_delete_in in = {
			.client = c->id, .number = s->ledger_number, .key = s->key
		};
		return kv_delete_send(c->connection, &in, &c->last_number);
	}
	const struct kv_put_in in = {
		.client = c->id, .number = s->ledger_number, .key = s->key, .value = s->value
	};
	return kv_put_send(c->connection, &in, &c->last_number);
}

/* Fill the window. */
static err_t
send_calls(struct client *c, const struct options *o)
{
	const uint64_t room = rpc_room(c->connection);
	for (uint64_t n = 0; n < room && c->script.made < o->calls; n++) {
		uint64_t flying = c->script.made - c->script.settled;
		if (flying >= o->window)
			break;
		if (flying == 0)
			c->heard_ns = clock_now_ns();
		err_t err = send_call(c);
		if (err != OK)
			return err;
	}
	return OK;
}

static void
check_answer(struct client *c, const struct rpc_answer *answer, const uint64_t *words)
{
	uint64_t now = clock_now_ns();
	if (now - c->heard_ns > longest_pause_ns)
		longest_pause_ns = now - c->heard_ns;
	c->heard_ns = now;

	const uint64_t first_flying = c->last_number - (c->script.made - c->script.settled) + 1;
	if (script_expected(&c->script) == NULL || answer->number < first_flying)
		c->repeated++;
	else if (answer->number != first_flying)
		c->reordered++;
	if (!script_settle(&c->script, answer->error, words[0], words[1]) && c->wrong++ == 0)
		fprintf(stderr, "hammer: client %lu, call %lu: answered %s, %lu, %lu\n",
		    (unsigned long)c->id, (unsigned long)answer->number, err_name(answer->error),
		    (unsigned long)words[0], (unsigned long)words[1]);
}

/* Take what answers there are; an error ends this client. */
static err_t
take_answers(struct client *c)
{
	for (;;) {
		uint64_t words[2] = { 0, 0 };
		struct rpc_answer answer;
		err_t err = rpc_poll(c->connection, &answer, words, sizeof words);
		if (err != OK)
			return err == ERR_WOULD_BLOCK ? OK : err;
		check_answer(c, &answer, words);
	}
}

static bool
work(const struct options *o)
{
	bool any = false;
	for (uint64_t n = 0; n < o->clients; n++) {
		struct client *c = &client[n];
		if (c->over)
			continue;
		err_t err = take_answers(c);
		if (err == OK)
			err = send_calls(c, o);
		c->over = err != OK || c->script.settled == o->calls;
		if (err != OK)
			fprintf(stderr, "hammer: client %lu: %s\n", (unsigned long)c->id,
			    err_text(err));
		any = any || !c->over;
	}
	return any;
}

static uint64_t
settled(const struct options *o)
{
	uint64_t sum = 0;
	for (uint64_t n = 0; n < o->clients; n++)
		sum += client[n].script.settled;
	return sum;
}

static void
run(const struct options *o)
{
	uint64_t all = o->clients * o->calls;
	uint64_t next = all / 10;
	while (work(o)) {
		if (o->progress && settled(o) >= next) {
			printf("%lu of %lu calls\n", (unsigned long)settled(o), (unsigned long)all);
			fflush(stdout);
			next += all / 10;
		}
		if (rpc_wait_any(TIME_NEVER) != OK)
			return;
	}
}

/* --- the ledger, at the end */

/* Read back every key: what the script says is there, and nothing else. */
static void
read_back(struct client *c)
{
	for (uint32_t n = 0; n < SCRIPT_KEYS; n++) {
		struct kv_get_in in = { .key = c->script.base + n + 1 };
		struct kv_get_out out;
		err_t err = kv_get(c->connection, &in, &out, TIME_NEVER);
		bool right = c->script.present[n] ? err == OK && out.value == c->script.value[n]
						  : err == ERR_NOT_FOUND;
		if (!right && c->wrong++ == 0)
			fprintf(stderr, "hammer: client %lu, key %lu: not what was put\n",
			    (unsigned long)c->id, (unsigned long)in.key);
		struct kv_delete_in remove = { .key = in.key };
		struct kv_delete_out removed;
		if (kv_delete(c->connection, &remove, &removed, TIME_NEVER) != OK)
			c->wrong++;
	}
}

struct totals {
	uint64_t sent, answered, lost, repeated, reordered, wrong;
};

static void
settle_accounts(struct client *c, struct totals *t)
{
	struct kv_ledger_in in = { .client = c->id };
	struct kv_ledger_out out = { 0 };
	t->sent += c->script.made;
	t->answered += c->script.settled;
	t->lost += c->script.made - c->script.settled;
	if (c->script.made == c->script.settled) {
		if (kv_ledger(c->connection, &in, &out, TIME_NEVER) != OK) {
			t->lost += c->script.ledger_number;
		} else {
			c->repeated += out.repeated;
			t->lost += out.skipped;
			if (out.skipped == 0 && out.repeated == 0 &&
			    out.last < c->script.ledger_number)
				t->lost += c->script.ledger_number - out.last;
			if (out.sum != c->script.ledger_sum)
				c->wrong++;
		}
		read_back(c);
	}
	t->repeated += c->repeated;
	t->reordered += c->reordered;
	t->wrong += c->wrong;
}

static err_t
open_clients(const struct options *o)
{
	struct rpc_interface wanted = kv_interface;
	char reason[RPC_REASON_BYTES];
	wanted.name = o->service;
	for (uint64_t n = 0; n < o->clients; n++) {
		struct kv_begin_in in;
		struct kv_begin_out out;
		memset(&in, 0, sizeof in);
		err_t err = rpc_open(PID_INVALID, &wanted, 0, &client[n].connection, reason);
		if (err == OK)
			err = kv_begin(client[n].connection, &in, &out, TIME_NEVER);
		if (err != OK) {
			fprintf(stderr, "hammer: service '%s': %s%s%s\n", o->service, err_text(err),
			    reason[0] == '\0' ? "" : ": ", reason);
			return err;
		}
		client[n].id = out.client;
		script_init(&client[n].script, o->seed, out.client);
	}
	return OK;
}

static void
close_clients(const struct options *o)
{
	for (uint64_t n = 0; n < o->clients; n++) {
		struct kv_end_in in = { .client = client[n].id };
		struct kv_end_out out;
		if (client[n].connection == NULL)
			continue;
		if (client[n].id != 0 && kv_end(client[n].connection, &in, &out, TIME_NEVER) != OK)
			fprintf(stderr, "hammer: client %lu: its ledger stays open\n",
			    (unsigned long)client[n].id);
		(void)rpc_close(client[n].connection);
	}
}

int
main(int argc, char **argv)
{
	struct options o = { .clients = 1, .calls = 1000, .seed = 1, .window = SCRIPT_WINDOW };
	struct totals t = { 0 };
	int status = parse(argc, argv, &o);
	if (status != 0)
		return status < 0 ? 0 : status;
	if (open_clients(&o) != OK) {
		close_clients(&o);
		return 1;
	}
	uint64_t begin = clock_now_ns();
	run(&o);
	uint64_t took = clock_now_ns() - begin;
	for (uint64_t n = 0; n < o.clients; n++)
		settle_accounts(&client[n], &t);
	close_clients(&o);
	printf("hammer: %lu ns a call, longest pause %lu ns\n",
	    (unsigned long)(t.answered == 0 ? 0 : took / t.answered),
	    (unsigned long)longest_pause_ns);
	if (t.wrong != 0)
		printf("hammer: %lu values were wrong\n", (unsigned long)t.wrong);
	printf("sent=%lu answered=%lu lost=%lu repeated=%lu reordered=%lu\n", (unsigned long)t.sent,
	    (unsigned long)t.answered, (unsigned long)t.lost, (unsigned long)t.repeated,
	    (unsigned long)t.reordered);
	return t.lost == 0 && t.repeated == 0 && t.reordered == 0 && t.wrong == 0 &&
		t.answered == o.clients * o.calls
	    ? 0
	    : 1;
}
