/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot matrix's program: prints what the kernel found of the board, checks
 * that it makes sense, and that time passes, memory is there and interrupts
 * arrive. test_boot.py runs it on every machine.
 */
#include "board.h"
#include "pages.h"
#include "test.h"
#include "threads.h"

#define PROBES 500

static uint64_t
total(const struct boot_range *range, uint64_t count)
{
	uint64_t bytes = 0;

	for (uint64_t i = 0; i < count; i++)
		bytes += range[i].bytes;
	return bytes;
}

static void
boot_information_is_right(void)
{
	const struct boot_info *info = boot_facts();

	EQUAL(info->magic, BOOT_INFO_MAGIC);
	CHECK(info->ram_ranges >= 1 && info->ram_ranges <= BOOT_RANGES);
	CHECK(info->free_ranges >= 1 && info->free_ranges <= BOOT_RANGES);
	CHECK(total(info->free, info->free_ranges) < total(info->ram, info->ram_ranges));
	CHECK(info->clock_hz >= 1000000);
	CHECK(info->dtb.bytes > 0);
	CHECK(info->boot_ticks > 0);
	for (uint64_t i = 0; i < info->free_ranges; i++) {
		EQUAL(info->free[i].base % PAGE_BYTES, 0);
		EQUAL(info->free[i].bytes % PAGE_BYTES, 0);
	}
}

/* Free pages are in home, and are memory: of each range the ends and many between them. */
static void
free_memory_is_memory(void)
{
	const struct boot_info *info = boot_facts();
	uint64_t bad = 0;

	for (uint64_t i = 0; i < info->free_ranges; i++) {
		const uint64_t pages = info->free[i].bytes / PAGE_BYTES;
		for (uint64_t n = 0; n <= PROBES; n++) {
			const uint64_t address =
			    HOME_BASE + info->free[i].base + (pages - 1) * n / PROBES * PAGE_BYTES;
			uint64_t r[7] = { 0 };
			if (insula_space_query(INIT_SPACE, SPACE_PAGE, address, r) != OK ||
			    r[1] != FRAME_HOME)
				continue;
			volatile uint64_t *word = (volatile uint64_t *)address; /* NOLINT */
			*word = address;
			bad += *word != address;
		}
	}
	EQUAL(bad, 0);
}

static void
time_passes_and_deadlines_come(void)
{
	const uint64_t begun = now_ns();

	sleep_us(3000);
	const uint64_t took = now_ns() - begun;
	CHECK(took >= 3000000);
	CHECK(took < 2000000000);
}

static void
the_consoles_interrupt_arrives(void)
{
	struct board_uart uart;
	handle_t line = HANDLE_NONE;
	struct message m = { 0 };

	REQUIRE(board_console(&uart));
	const handle_t ep = endpoint_new();
	WORKS(insula_irq_bind(INIT_IRQ, SELF, uart.line, ep, SELF, &line));
	volatile uint32_t *mask = (volatile uint32_t *)uart_mask_register(&uart); /* NOLINT */
	*mask = uart_mask_value(&uart);
	EQUAL(insula_recv(ep, in_us(1000000), &m), RECV_BITS);
	*mask = 0;
	WORKS(insula_destroy(line));
	WORKS(insula_destroy(ep));
}

static const struct test tests[] = {
	T(boot_information_is_right),
	T(free_memory_is_memory),
	T(time_passes_and_deadlines_come),
	T(the_consoles_interrupt_arrives),
};

int
main(void)
{
	const struct boot_info *info = boot_facts();

	threads_init();
	test_print("board %s\n", board_model());
	test_print("ram %u KiB, free %u KiB, kernel %u KiB, clock %u Hz\n",
	    total(info->ram, info->ram_ranges) / 1024, total(info->free, info->free_ranges) / 1024,
	    info->kernel_pages * 4, info->clock_hz);
	return RUN_TESTS(tests);
}
