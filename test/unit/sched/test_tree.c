/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trees, against a sorted list, step by step.
 */
/* SOURCES: src/sched/tree.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sched/tree.h"

#define NODES 200

static struct tree tree;
static struct tree_node nodes[NODES];
static struct tree_node *model[NODES]; /* in order; equal keys by insertion */
static int count;

static int
setup(void **state)
{
	(void)state;
	memset(&tree, 0, sizeof tree);
	count = 0;
	return 0;
}

static void
model_insert(struct tree_node *n, uint64_t key)
{
	int at = count++;

	for (; at > 0 && model[at - 1]->key > key; at--)
		model[at] = model[at - 1];
	model[at] = n;
}

static void
model_remove(const struct tree_node *n)
{
	int at = 0;

	while (model[at] != n)
		at++;
	memmove(&model[at], &model[at + 1], (size_t)(--count - at) * sizeof model[0]);
}

/* A2; the order in `at`; returns the height. */
static int
check_node(const struct tree_node *n, const struct tree_node *parent, int *at)
{
	if (n == NULL)
		return 0;
	assert_ptr_equal(n->parent, parent);
	const int left = check_node(n->child[0], n, at);
	assert_ptr_equal(n, model[(*at)++]);
	const int right = check_node(n->child[1], n, at);
	assert_int_equal(n->balance, right - left);
	assert_true(n->balance >= -1 && n->balance <= 1);
	return 1 + (left > right ? left : right);
}

static void
check(void)
{
	int at = 0;

	check_node(tree.root, NULL, &at);
	assert_int_equal(at, count);
	assert_ptr_equal(tree.first, count > 0 ? model[0] : NULL);
}

static void
A1_A2_A3_hold_after_every_random_step(void **state)
{
	bool in[NODES] = { false };
	(void)state;

	srand(1);
	for (int step = 0; step < 20000; step++) {
		const int n = rand() % NODES;
		if (in[n]) {
			tree_remove(&tree, &nodes[n]);
			model_remove(&nodes[n]);
		} else {
			const uint64_t key = (uint64_t)(rand() % 50) << (step % 2 ? 0 : 58);
			tree_insert(&tree, &nodes[n], key);
			model_insert(&nodes[n], key);
		}
		in[n] = !in[n];
		check();
	}
}

static void
ascending_and_descending_keys_keep_balance(void **state)
{
	(void)state;
	for (int n = 0; n < NODES; n++) {
		const uint64_t key = (uint64_t)(n % 2 ? n : 1000 - n);
		tree_insert(&tree, &nodes[n], key);
		model_insert(&nodes[n], key);
		check();
	}
	while (count > 0) {
		struct tree_node *n = model[0];
		tree_remove(&tree, n);
		model_remove(n);
		check();
	}
}

static void
find_finds_what_is_there_and_nothing_else(void **state)
{
	(void)state;
	for (int n = 0; n < NODES; n++)
		tree_insert(&tree, &nodes[n], (uint64_t)n * 2 + 10);
	for (int n = 0; n < NODES; n++) {
		assert_ptr_equal(tree_find(&tree, (uint64_t)n * 2 + 10), &nodes[n]);
		assert_null(tree_find(&tree, (uint64_t)n * 2 + 11));
	}
	assert_null(tree_find(&tree, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(A1_A2_A3_hold_after_every_random_step, setup),
		cmocka_unit_test_setup(ascending_and_descending_keys_keep_balance, setup),
		cmocka_unit_test_setup(find_finds_what_is_there_and_nothing_else, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
