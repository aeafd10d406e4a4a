/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AVL trees. Owns the shape of every tree of deadlines and of tokens; knows
 * nothing of what the nodes are part of.
 */
#include "sched/tree.h"

#include <stddef.h>

/* Which child of its parent a node is. */
static int
side(const struct tree_node *parent, const struct tree_node *node)
{
	return parent->child[1] == node;
}

/* Put `to` where `from` hangs below its parent. */
static void
replace(struct tree *tree, struct tree_node *from, struct tree_node *to)
{
	struct tree_node *parent = from->parent;

	if (parent == NULL)
		tree->root = to;
	else
		parent->child[side(parent, from)] = to;
	if (to != NULL)
		to->parent = parent;
}

/* The child on side `up` of `node` takes its place; `node` becomes its child. */
static struct tree_node *
rotate(struct tree *tree, struct tree_node *node, int up)
{
	struct tree_node *child = node->child[up];
	struct tree_node *inner = child->child[!up];

	replace(tree, node, child);
	child->child[!up] = node;
	node->parent = child;
	node->child[up] = inner;
	if (inner != NULL)
		inner->parent = node;
	return child;
}

/* `node` is two higher on side `heavy`: rotate; returns what stands in its place. */
static struct tree_node *
rebalance(struct tree *tree, struct tree_node *node, int heavy)
{
	const int32_t sign = heavy ? 1 : -1;
	struct tree_node *child = node->child[heavy];

	if (child->balance != -sign) {
		node->balance = child->balance == 0 ? sign : 0;
		child->balance = child->balance == 0 ? -sign : 0;
		return rotate(tree, node, heavy);
	}
	const int32_t inner = child->child[!heavy]->balance;
	rotate(tree, child, !heavy);
	struct tree_node *top = rotate(tree, node, heavy);
	node->balance = inner == sign ? -sign : 0;
	child->balance = inner == -sign ? sign : 0;
	top->balance = 0;
	return top;
}

void
tree_insert(struct tree *tree, struct tree_node *node, uint64_t key)
{
	struct tree_node *parent = NULL;
	int way = 0;
	int leftmost = 1;

	for (struct tree_node *n = tree->root; n != NULL; n = n->child[way]) {
		parent = n;
		way = key >= n->key;
		leftmost &= !way;
	}
	node->child[0] = node->child[1] = NULL;
	node->parent = parent;
	node->key = key;
	node->balance = 0;
	if (leftmost)
		tree->first = node;
	if (parent == NULL) {
		tree->root = node;
		return;
	}
	parent->child[way] = node;

	/* The subtree at `node` has become one higher. */
	for (; parent != NULL; node = parent, parent = node->parent) {
		const int grown = side(parent, node);
		parent->balance += grown ? 1 : -1;
		if (parent->balance == 0)
			return;
		if (parent->balance == 2 || parent->balance == -2) {
			rebalance(tree, parent, grown);
			return;
		}
	}
}

static struct tree_node *
leftmost_of(struct tree_node *node)
{
	while (node->child[0] != NULL)
		node = node->child[0];
	return node;
}

void
tree_remove(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent = node->parent;
	int shrunk;

	if (tree->first == node)
		tree->first = node->child[1] != NULL ? leftmost_of(node->child[1]) : parent;

	if (node->child[0] == NULL || node->child[1] == NULL) {
		shrunk = parent != NULL && side(parent, node);
		replace(tree, node, node->child[node->child[0] == NULL]);
	} else {
		struct tree_node *next = leftmost_of(node->child[1]);
		parent = next->parent;
		shrunk = side(parent, next);
		if (parent == node)
			parent = next;
		replace(tree, next, next->child[1]);
		replace(tree, node, next);
		for (int way = 0; way < 2; way++) {
			next->child[way] = node->child[way];
			if (next->child[way] != NULL)
				next->child[way]->parent = next;
		}
		next->balance = node->balance;
	}

	/* The subtree on side `shrunk` of `parent` has become one lower. */
	while (parent != NULL) {
		struct tree_node *top = parent;
		parent->balance -= shrunk ? 1 : -1;
		if (parent->balance == 1 || parent->balance == -1)
			return;
		if (parent->balance != 0) {
			top = rebalance(tree, parent, !shrunk);
			if (top->balance != 0)
				return;
		}
		parent = top->parent;
		shrunk = parent != NULL && side(parent, top);
	}
}

struct tree_node *
tree_find(const struct tree *tree, uint64_t key)
{
	struct tree_node *n = tree->root;

	while (n != NULL && n->key != key)
		n = n->child[key > n->key];
	return n;
}
