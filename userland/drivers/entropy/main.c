/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers for everybody: a generator that begins with the seed of the
 * board's device tree and, where the board has a hardware source (source.h), is
 * given 64 bytes of it at the start and after each 64 requests.
 *
 * Usage: random SEED [COMPATIBLE], SEED in hexadecimal, "" if there is none.
 * Grants: "registers" of the hardware source, where there is one.
 */
#include "generator.h"
#include "source.h"

#include <insula/clock.h>
#include <insula/process.h>
#include <insula/rpc/server.h>
#include <insula/services/random.h>
#include <insula/state/schema.h>
#include <string.h>

RPC_DEFINE_SERVICE(RANDOM, random)
RPC_DEFINE_SERVER(RANDOM, random)

/*
 * The generator's key outlives versions and crashes: nobody is given the same
 * bytes twice. (The undo log has the key before this one, until the next request.)
 */
#define RANDOM_STATE(FIELD, ARRAY, RECORDS) \
	ARRAY(key, U8, GENERATOR_KEY_BYTES, 0) FIELD(seeded, U64, 0)
STATE_ROOT(RANDOM_STATE, random_state)

SERVER_PROGRAM_STATE(RANDOM_NAME, RANDOM_VERSION, NOTE_RESTART, random_state, RANDOM_STATE, 12288)

#define SOURCE_WORDS 16u
#define RESEED_EVERY 64u

static volatile uint8_t *registers;
static const struct source *source; /* NULL: the board has none that we know */
static char *seed;
static uint64_t seed_bytes, failures, requests;

uint32_t
source_read(uint32_t at)
{
	return *(volatile uint32_t *)(volatile void *)(registers + at);
}

void
source_write(uint32_t at, uint32_t value)
{
	*(volatile uint32_t *)(volatile void *)(registers + at) = value;
}

static struct generator
generator_now(void)
{
	const struct random_state *s = state_root();
	struct generator g = { .seeded = s->seeded };
	memcpy(g.key, s->key, sizeof g.key);
	return g;
}

static void
generator_keep(const struct generator *g)
{
	const struct random_state *s = state_root();
	state_write(s->key, g->key, sizeof g->key);
	STATE_SET(s->seeded, g->seeded);
}

/* Words that repeat are not counted on: a source that does nothing else has failed. */
static err_t
seed_from_source(struct generator *g)
{
	uint32_t words[SOURCE_WORDS];
	unsigned same = 0;
	for (unsigned i = 0; i < SOURCE_WORDS; i++) {
		err_t err = source_word(source, &words[i]);
		if (err != OK)
			return err;
		same += i > 0 && words[i] == words[i - 1];
	}
	failures += same;
	if (same > SOURCE_WORDS / 2)
		return ERR_IO;
	generator_seed(g, words, sizeof words);
	return OK;
}

static unsigned
digit(char c)
{
	return c >= 'a' ? (unsigned)(c - 'a') + 10 : (unsigned)(c - '0');
}

/* Hexadecimal digits, as many as there are pairs. */
static void
seed_from_tree(struct generator *g)
{
	uint8_t bytes[64];
	for (const char *at = seed; at[0] != '\0' && at[1] != '\0' && seed_bytes < sizeof bytes;
	     at += 2)
		bytes[seed_bytes++] = (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
	if (seed_bytes > 0)
		generator_seed(g, bytes, seed_bytes);
	memset(bytes, 0, sizeof bytes);
}

static err_t
on_bytes(struct rpc_call *call, const struct random_bytes_in *in, struct random_bytes_out *out)
{
	(void)call;
	if (in->count == 0 || in->count > sizeof out->data)
		return ERR_ARGUMENT;
	struct generator g = generator_now();
	if (source != NULL && requests++ % RESEED_EVERY == RESEED_EVERY - 1)
		(void)seed_from_source(&g); /* what there was before is as good as it was */
	if (g.seeded == 0)
		return ERR_STATE;
	generator_bytes(&g, out->data, in->count);
	out->data_length = (uint32_t)in->count;
	generator_keep(&g);
	return OK;
}

static err_t
on_source(struct rpc_call *call, const struct random_source_in *in, struct random_source_out *out)
{
	(void)call, (void)in;
	out->device = source != NULL;
	out->seed_bytes = seed_bytes;
	out->seeded = generator_now().seeded;
	out->failures = failures;
	return OK;
}

/* A new version, or one after a crash, goes on with the key; what is here now is mixed in. */
static err_t
start(uint32_t kind)
{
	uint64_t address;
	struct generator g = generator_now();
	(void)kind;
	seed_from_tree(&g);
	if (source != NULL && process_grant("registers", &address, NULL) == OK) {
		registers = (volatile uint8_t *)address;
		source_start(source);
		if (seed_from_source(&g) != OK)
			source = NULL;
	} else {
		source = NULL;
	}
	const uint64_t now = clock_now_ns();
	if (g.seeded != 0)
		generator_seed(&g, &now, sizeof now);
	generator_keep(&g);
	return OK;
}

static const struct rpc_hooks hooks = { .start = start };

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	seed = argv[1];
	source = argc < 3 ? NULL : source_find(argv[2]);
	static const struct rpc_service services[] = { RPC_SERVICE(random) };
	return rpc_serve(services, 1, &hooks);
}
