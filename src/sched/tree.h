/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Balanced (AVL) trees of nodes that lie in the objects they order: deadlines
 * by time, deferred callers by token. Height is at most 1.44 log2 of the
 * number of nodes, so every operation is bounded; nothing is allocated.
 *
 * Invariants
 *  A1: keys left of a node are at most its key, keys right of it at least.
 *  A2: the heights of a node's two subtrees differ by at most one; balance is
 *      the height of child[1] minus that of child[0].
 *  A3: first is the leftmost node, NULL if the tree is empty.
 */
#ifndef INSULA_SCHED_TREE_H
#define INSULA_SCHED_TREE_H

#include <stdint.h>

struct tree_node {
	struct tree_node *child[2], *parent;
	uint64_t key;
	int32_t balance;
	uint32_t kind; /* the owner's: what the node is part of */
};

struct tree {
	struct tree_node *root, *first;
};

/* Equal keys keep the order of insertion. */
void tree_insert(struct tree *tree, struct tree_node *node, uint64_t key);
void tree_remove(struct tree *tree, struct tree_node *node);
/* The node with that key, or NULL. */
struct tree_node *tree_find(const struct tree *tree, uint64_t key);

#endif
