/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random numbers for everybody: a generator that begins with the seed of the
 * board's device tree and, where the board has the BCM2835's hardware source, is
 * given 64 bytes of it at the start and after each 64 requests.
 *
 * Usage: random SEED [COMPATIBLE], SEED in hexadecimal, "" if there is none.
 * Grants: "registers" of the hardware source, where there is one.
 */
#include "generator.h"

#include <insula/clock.h>
#include <insula/process.h>
#include <insula/rpc/server.h>
#include <insula/services/random.h>
#include <insula/state/schema.h>
#include <string.h>

RPC_DEFINE_SERVICE(RANDOM, random)
RPC_DEFINE_SERVER(RANDOM, random)

SERVER_PROGRAM(RANDOM_NAME, RANDOM_VERSION, NOTE_RESTART)

#define RNG_CTRL 0x0u
#define RNG_CTRL_ENABLE 1u
#define RNG_STATUS 0x4u
#define RNG_STATUS_WARM_UP 0x40000u /* words that are not given out at first */
#define RNG_DATA 0x8u
#define SOURCE_WORDS 16u
#define WORD_NS 100000000ull
#define POLL_NS 100000ull
#define RESEED_EVERY 64u

static struct generator generator;
static volatile uint8_t *registers; /* NULL: the board has no source that we know */
static char *seed;
static uint64_t seed_bytes, failures, requests;

static volatile uint32_t *
reg(uint32_t at)
{
	return (volatile uint32_t *)(volatile void *)(registers + at);
}

/* One word; ERR_IO: the source gives none. */
static err_t
source_word(uint32_t *word)
{
	const uint64_t deadline = clock_now_ns() + WORD_NS;
	while (*reg(RNG_STATUS) >> 24 == 0) {
		if (clock_now_ns() >= deadline)
			return ERR_IO;
		(void)clock_sleep_ns(POLL_NS);
	}
	*word = *reg(RNG_DATA);
	return OK;
}

/* Words that repeat are not counted on: a source that does nothing else has failed. */
static err_t
seed_from_source(void)
{
	uint32_t words[SOURCE_WORDS];
	unsigned same = 0;
	for (unsigned i = 0; i < SOURCE_WORDS; i++) {
		err_t err = source_word(&words[i]);
		if (err != OK)
			return err;
		same += i > 0 && words[i] == words[i - 1];
	}
	failures += same;
	if (same > SOURCE_WORDS / 2)
		return ERR_IO;
	generator_seed(&generator, words, sizeof words);
	return OK;
}

static unsigned
digit(char c)
{
	return c >= 'a' ? (unsigned)(c - 'a') + 10 : (unsigned)(c - '0');
}

/* Hexadecimal digits, as many as there are pairs. */
static void
seed_from_tree(void)
{
	uint8_t bytes[64];
	for (const char *at = seed; at[0] != '\0' && at[1] != '\0' && seed_bytes < sizeof bytes;
	     at += 2)
		bytes[seed_bytes++] = (uint8_t)(digit(at[0]) << 4 | digit(at[1]));
	if (seed_bytes > 0)
		generator_seed(&generator, bytes, seed_bytes);
	memset(bytes, 0, sizeof bytes);
}

static err_t
on_bytes(struct rpc_call *call, const struct random_bytes_in *in, struct random_bytes_out *out)
{
	(void)call;
	if (in->count == 0 || in->count > sizeof out->data)
		return ERR_ARGUMENT;
	if (registers != NULL && requests++ % RESEED_EVERY == RESEED_EVERY - 1)
		(void)seed_from_source(); /* what there was before is as good as it was */
	if (generator.seeded == 0)
		return ERR_STATE;
	generator_bytes(&generator, out->data, in->count);
	out->data_length = (uint32_t)in->count;
	return OK;
}

static err_t
on_source(struct rpc_call *call, const struct random_source_in *in, struct random_source_out *out)
{
	(void)call, (void)in;
	out->device = registers != NULL;
	out->seed_bytes = seed_bytes;
	out->seeded = generator.seeded;
	out->failures = failures;
	return OK;
}

/* A new version, or one after a crash, has the same seed: the time makes another start of it. */
static err_t
start(uint32_t kind)
{
	uint64_t address;
	(void)kind;
	seed_from_tree();
	if (process_grant("registers", &address, NULL) == OK) {
		registers = (volatile uint8_t *)address;
		*reg(RNG_STATUS) = RNG_STATUS_WARM_UP;
		*reg(RNG_CTRL) |= RNG_CTRL_ENABLE;
		if (seed_from_source() != OK)
			registers = NULL;
	}
	const uint64_t now = clock_now_ns();
	if (generator.seeded != 0)
		generator_seed(&generator, &now, sizeof now);
	return OK;
}

static const struct rpc_hooks hooks = { .start = start };

int
main(int argc, char **argv)
{
	if (argc < 2)
		return 1;
	seed = argv[1];
	static const struct rpc_service services[] = { RPC_SERVICE(random) };
	return rpc_serve(services, 1, &hooks);
}
