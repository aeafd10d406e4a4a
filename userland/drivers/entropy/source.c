/* SPDX-License-Identifier: BSD-2-Clause */
#include "source.h"

#include <insula/clock.h>
#include <stdbool.h>
#include <string.h>

#define WORD_NS 100000000ull
#define POLL_NS 100000ull

struct source {
	const char *compatible;
	void (*start)(void);
	bool (*is_fit)(void);
	unsigned (*words)(void); /* that wait to be read */
	uint32_t data;           /* the register to read one from */
};

/* --- BCM2835 */

#define RNG_CTRL 0x0u
#define RNG_CTRL_ENABLE 1u
#define RNG_STATUS 0x4u
#define RNG_STATUS_WARM_UP 0x40000u /* words that are not given out at first */
#define RNG_DATA 0x8u

static void
bcm2835_start(void)
{
	source_write(RNG_STATUS, RNG_STATUS_WARM_UP);
	source_write(RNG_CTRL, source_read(RNG_CTRL) | RNG_CTRL_ENABLE);
}

static bool
bcm2835_is_fit(void)
{
	return true; /* it does not tell */
}

static unsigned
bcm2835_words(void)
{
	return source_read(RNG_STATUS) >> 24;
}

/* --- RNG200 */

#define RNG200_CTRL 0x0u
#define RNG200_CTRL_MODE 0x1fffu
#define RNG200_CTRL_ENABLE 1u
#define RNG200_RESET 0x4u
#define RNG200_GENERATOR_RESET 0x8u
#define RNG200_STATUS 0x18u
#define RNG200_STATUS_LOCKED_OUT 0x80000000u
#define RNG200_STATUS_NIST_FAILED 0x20u
#define RNG200_DATA 0x20u
#define RNG200_COUNT 0x24u
#define RNG200_COUNT_MASK 0xffu

/* Off, what it found so far forgotten, both halves reset, on. */
static void
rng200_start(void)
{
	const uint32_t ctrl = source_read(RNG200_CTRL) & ~RNG200_CTRL_MODE;
	source_write(RNG200_CTRL, ctrl);
	source_write(RNG200_STATUS, 0xffffffff);
	source_write(RNG200_GENERATOR_RESET, 1);
	source_write(RNG200_RESET, 1);
	source_write(RNG200_RESET, 0);
	source_write(RNG200_GENERATOR_RESET, 0);
	source_write(RNG200_CTRL, ctrl | RNG200_CTRL_ENABLE);
}

static bool
rng200_is_fit(void)
{
	return (source_read(RNG200_STATUS) &
		   (RNG200_STATUS_LOCKED_OUT | RNG200_STATUS_NIST_FAILED)) == 0;
}

static unsigned
rng200_words(void)
{
	return source_read(RNG200_COUNT) & RNG200_COUNT_MASK;
}

/* --- either */

static const struct source sources[] = {
	{ "brcm,bcm2835-rng", bcm2835_start, bcm2835_is_fit, bcm2835_words, RNG_DATA },
	{ "brcm,bcm2711-rng200", rng200_start, rng200_is_fit, rng200_words, RNG200_DATA },
};

const struct source *
source_find(const char *compatible)
{
	for (unsigned i = 0; i < sizeof sources / sizeof sources[0]; i++)
		if (strcmp(sources[i].compatible, compatible) == 0)
			return &sources[i];
	return NULL;
}

void
source_start(const struct source *source)
{
	source->start();
}

/* One that has found itself unfit is started anew, once for each word asked for. */
err_t
source_word(const struct source *source, uint32_t *word)
{
	const uint64_t deadline = clock_now_ns() + WORD_NS;
	if (!source->is_fit())
		source->start();
	while (source->words() == 0) {
		if (clock_now_ns() >= deadline)
			return ERR_IO;
		(void)clock_sleep_ns(POLL_NS);
	}
	*word = source_read(source->data);
	return source->is_fit() ? OK : ERR_IO;
}
