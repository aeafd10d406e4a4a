/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and refusing manifests: properties by the rules of manifest_rules.h,
 * then what they mean together, then the order of starting.
 */
#include "manifest.h"
#include "manifest_rules.h"

#include <insula/text.h>
#include <libfdt.h>
#include <string.h>

enum kind { TEXT, LIST, NUMBER, MARK };
enum who { ALL, FIRST, LATER };
enum presence { OPTIONAL, REQUIRED };

struct rule {
	const char *name;
	uint32_t least, most;
	uint8_t kind, who, need;
};

enum rule_number {
#define R(id, name, kind, least, most, who, need) RULE_##id,
	MANIFEST_RULES(R)
#undef R
	    RULES
};

static const struct rule rules[RULES] = {
#define R(id, name, kind, least, most, who, need) { name, least, most, kind, who, need },
	MANIFEST_RULES(R)
#undef R
};

struct value {
	bool there;
	const char *text; /* TEXT, LIST */
	uint32_t bytes;
	uint32_t number;
};

static const char *const word_names[GRANT_WORD_COUNT] = {
#define W(number, name, text) #name,
	GRANT_WORDS(W)
#undef W
};

/* What the five must be granted, and what nobody else may be. */
#define BIT(n) (1u << (n))
static const struct {
	enum first_pid pid;
	const char *name;
	uint32_t words; /* needed */
	uint32_t calls; /* exactly these */
} first[] = {
	{ PID_PIDDB, "piddb", 0, BIT(PID_RPC) },
	{ PID_MEMORY, "memory", BIT(WORD_home) | BIT(WORD_tables),
	    BIT(PID_PROCESS) | BIT(PID_RPC) },
	{ PID_RPC, "rpc", BIT(WORD_tables), BIT(PID_MEMORY) },
	{ PID_PATH, "path", 0, BIT(PID_RPC) },
	{ PID_PROCESS, "process",
	    BIT(WORD_spaces) | BIT(WORD_faults) | BIT(WORD_firmware) | BIT(WORD_archive),
	    BIT(PID_PIDDB) | BIT(PID_MEMORY) | BIT(PID_RPC) | BIT(PID_PATH) },
};
#define FIRST_COUNT (sizeof first / sizeof first[0])
#define FIRST_ONLY (BIT(WORD_home) | BIT(WORD_tables) | BIT(WORD_spaces) | BIT(WORD_faults))

const char *
first_name(unsigned pid)
{
	for (size_t i = 0; i < FIRST_COUNT; i++)
		if (first[i].pid == (enum first_pid)pid)
			return first[i].name;
	return NULL;
}

bool
manifest_has_grant(const struct manifest_process *p, enum grant_word word)
{
	for (uint32_t i = 0; i < p->grants; i++)
		if (p->grant[i].word == word)
			return true;
	return false;
}

/* What our programs cannot do without. */
static const struct need {
	const char *binary, *name;
	enum grant_word word;
} needs[] = {
#define N(binary, name, word) { binary, name, WORD_##word },
	MANIFEST_NEEDS(N)
#undef N
};
#define NEEDS_COUNT (sizeof needs / sizeof needs[0])

/* --- refusing: "node NODE: property PROPERTY: WHY WHAT" */

static err_t
refuse(
    struct manifest *m, const char *node, const char *property, const char *why, const char *what)
{
	struct text t = text_begin(m->reason, sizeof m->reason);
	text_add(&t, "node ");
	text_add_foreign(&t, node, 32);
	if (property != NULL) {
		text_add(&t, ": property ");
		text_add_foreign(&t, property, 32);
	}
	text_add(&t, ": ");
	text_add(&t, why);
	if (what != NULL)
		text_add_foreign(&t, what, 48);
	return ERR_BAD_MANIFEST;
}

static err_t
refuse_range(struct manifest *m, const char *node, const struct rule *r, const char *why)
{
	struct text t;
	err_t err = refuse(m, node, r->name, why, NULL);
	t = (struct text){ .at = m->reason + strlen(m->reason),
		.room = sizeof m->reason - strlen(m->reason) };
	text_add_number(&t, r->least);
	text_add(&t, " to ");
	text_add_number(&t, r->most);
	return err;
}

/* --- one property */

static uint32_t
big_endian(const void *cell)
{
	const uint8_t *b = cell;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static const struct rule *
rule_of(const char *name)
{
	for (size_t i = 0; i < RULES; i++)
		if (strcmp(rules[i].name, name) == 0)
			return &rules[i];
	return NULL;
}

/* Strings, each printable and with an end, none empty. */
static bool
is_strings(const char *text, uint32_t bytes)
{
	if (bytes == 0 || text[bytes - 1] != '\0' || text[0] == '\0')
		return false;
	for (uint32_t i = 0; i < bytes; i++) {
		if (text[i] == '\0' && i + 1 < bytes && text[i + 1] == '\0')
			return false;
		if (text[i] != '\0' && (text[i] < ' ' || text[i] > '~'))
			return false;
	}
	return true;
}

static err_t
read_property(struct manifest *m, const char *node, const struct rule *r, const char *contents,
    uint32_t bytes, struct value *v)
{
	v->there = true;
	switch (r->kind) {
	case MARK:
		return bytes == 0 ? OK : refuse(m, node, r->name, "takes no value", NULL);
	case NUMBER:
		if (bytes != 4)
			return refuse(m, node, r->name, "is one number: <N>", NULL);
		v->number = big_endian(contents);
		if (v->number < r->least || v->number > r->most)
			return refuse_range(m, node, r, "is out of range: ");
		return OK;
	default:
		if (!is_strings(contents, bytes))
			return refuse(m, node, r->name, "is not text", NULL);
		if (r->kind == TEXT && strlen(contents) + 1 != bytes)
			return refuse(m, node, r->name, "is one string only", NULL);
		if (bytes < r->least || bytes > r->most)
			return refuse_range(m, node, r, "has a length out of range: ");
		v->text = contents;
		v->bytes = bytes;
		return OK;
	}
}

static err_t
read_properties(struct manifest *m, const void *fdt, int at, const char *node, bool is_first,
    struct value value[RULES])
{
	int property;
	fdt_for_each_property_offset(property, fdt, at)
	{
		const char *name;
		int bytes;
		const char *contents = fdt_getprop_by_offset(fdt, property, &name, &bytes);
		if (contents == NULL)
			return refuse(m, node, NULL, "is damaged", NULL);
		const struct rule *r = rule_of(name);
		if (r == NULL)
			return refuse(m, node, name, "is not known", NULL);
		if (r->who == (is_first ? LATER : FIRST))
			return refuse(m, node, name,
			    is_first ? "is not for the five that init builds"
				     : "is only for the five that init builds",
			    NULL);
		err_t err = read_property(m, node, r, contents, (uint32_t)bytes, &value[r - rules]);
		if (err != OK)
			return err;
	}
	for (size_t i = 0; i < RULES; i++)
		if (rules[i].need == REQUIRED && !value[i].there)
			return refuse(m, node, rules[i].name, "is missing", NULL);
	return OK;
}

/* --- lists of words */

static const char *
next_word(const struct value *v, const char *word)
{
	word = word == NULL ? v->text : word + strlen(word) + 1;
	return word != NULL && word < v->text + v->bytes ? word : NULL;
}

static err_t
read_grant(struct manifest *m, struct manifest_process *p, const char *item)
{
	const char *equals = strchr(item, '=');
	const char *word = equals == NULL ? item : equals + 1;
	const size_t length = equals == NULL ? strlen(item) : (size_t)(equals - item);
	unsigned number = 0;
	while (number < GRANT_WORD_COUNT && strcmp(word_names[number], word) != 0)
		number++;
	if (number == GRANT_WORD_COUNT)
		return refuse(m, p->name, "grants", "there is no grant ", word);
	if (manifest_has_grant(p, (enum grant_word)number))
		return refuse(m, p->name, "grants", "names twice ", word);
	if (p->grants == SPAWN_GRANTS)
		return refuse(m, p->name, "grants", "there are too many, from ", word);
	struct manifest_grant *g = &p->grant[p->grants];
	if (length == 0 || length >= sizeof g->name)
		return refuse(
		    m, p->name, "grants", "has a name that is empty or too long for ", word);
	g->word = (enum grant_word)number;
	memcpy(g->name, item, length);
	g->name[length] = '\0';
	p->grants++;
	return OK;
}

static err_t
read_policy(struct manifest *m, struct manifest_process *p, const struct value *v)
{
	static const struct {
		const char *name;
		enum policy policy;
	} known[] = { { "fifo", POLICY_FIFO }, { "rr", POLICY_RR }, { "other", POLICY_OTHER } };
	p->policy = POLICY_RR;
	if (!v->there)
		return OK;
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (strcmp(known[i].name, v->text) == 0) {
			p->policy = known[i].policy;
			return OK;
		}
	return refuse(m, p->name, "policy", "there is no policy ", v->text);
}

static uint32_t
flags_of(const struct manifest_process *p, const struct value value[RULES])
{
	return (value[RULE_restart].there ? SPAWN_RESTART : 0) |
	    (value[RULE_essential].there ? SPAWN_ESSENTIAL : 0) |
	    (value[RULE_privileged].there ? SPAWN_PRIVILEGED : 0) |
	    (value[RULE_on_demand].there ? SPAWN_ON_DEMAND : 0) |
	    (p->service != NULL ? SPAWN_WAIT_READY : 0);
}

static err_t
read_calls(struct manifest *m, struct manifest_process *p, const struct value *v)
{
	for (const char *word = next_word(v, NULL); word != NULL; word = next_word(v, word)) {
		unsigned pid = PID_PIDDB;
		while (pid <= PID_PROCESS && strcmp(first_name(pid), word) != 0)
			pid++;
		if (pid > PID_PROCESS)
			return refuse(m, p->name, "calls", "is not one of the five: ", word);
		p->calls |= BIT(pid);
	}
	return OK;
}

static err_t
read_process(struct manifest *m, const void *fdt, int at, struct manifest_process *p,
    struct value value[RULES])
{
	const char *node = fdt_get_name(fdt, at, NULL);
	if (node == NULL || strlen(node) >= NAME_BYTES)
		return refuse(m, node ? node : "?", NULL, "the node's name is too long", NULL);
	*p = (struct manifest_process){ .name = node };
	for (size_t i = 0; i < FIRST_COUNT; i++)
		if (strcmp(first[i].name, node) == 0)
			p->first = first[i].pid;
	err_t err = read_properties(m, fdt, at, node, p->first != 0, value);
	if (err != OK)
		return err;
	if (fdt_first_subnode(fdt, at) >= 0)
		return refuse(m, node, NULL, "has a node inside", NULL);

	p->binary = value[RULE_binary].text;
	p->service = value[RULE_service].text;
	p->device = value[RULE_device].text;
	p->device_bytes = value[RULE_device].bytes;
	p->device_optional = value[RULE_device_optional].there;
	p->interrupt = value[RULE_interrupt].number;
	p->priority = value[RULE_priority].number;
	p->stack_bytes = value[RULE_stack].number;
	p->heap_pages = value[RULE_heap_pages].number;
	p->quota_pages = value[RULE_quota_pages].number;
	p->space_fund = value[RULE_space_fund].there ? value[RULE_space_fund].number
						     : MANIFEST_SPACE_FUND;
	p->estate_fund = value[RULE_estate_fund].there ? value[RULE_estate_fund].number
						       : MANIFEST_ESTATE_FUND;
	p->flags = flags_of(p, value);
	p->arguments = value[RULE_arguments].text;
	p->arguments_bytes = value[RULE_arguments].bytes;
	const struct value *v = &value[RULE_arguments];
	for (const char *word = next_word(v, NULL); word != NULL; word = next_word(v, word))
		p->arguments_count++;
	v = &value[RULE_grants];
	for (const char *word = next_word(v, NULL); word != NULL && err == OK;
	     word = next_word(v, word))
		err = read_grant(m, p, word);
	if (err == OK)
		err = read_policy(m, p, &value[RULE_policy]);
	if (err == OK)
		err = read_calls(m, p, &value[RULE_calls]);
	return err;
}

/* --- what the properties of one process mean together */

static err_t
check_first(struct manifest *m, const struct manifest_process *p, unsigned number)
{
	for (unsigned word = 0; word < GRANT_WORD_COUNT; word++)
		if ((first[number].words & BIT(word)) != 0 &&
		    !manifest_has_grant(p, (enum grant_word)word))
			return refuse(m, p->name, "grants", "lacks ", word_names[word]);
	if (p->calls != first[number].calls)
		return refuse(m, p->name, "calls", "differs from what cannot deadlock", NULL);
	if (p->service == NULL || strcmp(p->service, p->name) != 0)
		return refuse(m, p->name, "service", "must be ", p->name);
	return OK;
}

/* A word for what is not found by a `compatible` stands alone. */
static err_t
check_device(struct manifest *m, const struct manifest_process *p)
{
	const char *word = p->device;
	if (strcmp(word, "stdout") == 0 || strcmp(word, "upload") == 0)
		return p->device_bytes == strlen(word) + 1
		    ? OK
		    : refuse(m, p->name, "device", "has more than ", word);
	for (; word < p->device + p->device_bytes; word += strlen(word) + 1)
		if (strchr(word, ',') == NULL)
			return refuse(m, p->name, "device", "there is no board device ", word);
	return OK;
}

static bool
has_need(const struct manifest_process *p, const struct need *n)
{
	for (uint32_t i = 0; i < p->grants; i++)
		if (p->grant[i].word == n->word && strcmp(p->grant[i].name, n->name) == 0)
			return true;
	return false;
}

/* "needs the grant `NAME=WORD`, ...", as it is written in the manifest. */
static err_t
refuse_need(struct manifest *m, const struct manifest_process *p, const struct need *n)
{
	char why[96];
	struct text t = text_begin(why, sizeof why);
	text_add(&t, "needs the grant `");
	text_add(&t, n->name);
	if (strcmp(n->name, word_names[n->word]) != 0) {
		text_add(&t, "=");
		text_add(&t, word_names[n->word]);
	}
	text_add(&t, "`, which the manifest does not give it");
	return refuse(m, p->name, NULL, why, NULL);
}

static err_t
check_needs(struct manifest *m, const struct manifest_process *p)
{
	for (size_t i = 0; i < NEEDS_COUNT; i++)
		if (strcmp(needs[i].binary, p->binary) == 0 && !has_need(p, &needs[i]))
			return refuse_need(m, p, &needs[i]);
	return OK;
}

static err_t
check_later(struct manifest *m, const struct manifest_process *p)
{
	for (unsigned word = 0; word < GRANT_WORD_COUNT; word++)
		if ((FIRST_ONLY & BIT(word)) != 0 && manifest_has_grant(p, (enum grant_word)word))
			return refuse(m, p->name, "grants", "only one of the five may have ",
			    word_names[word]);
	err_t err = check_needs(m, p);
	if (err != OK)
		return err;
	const bool wants = manifest_has_grant(p, WORD_device) || manifest_has_grant(p, WORD_irq);
	if (wants && p->device == NULL)
		return refuse(m, p->name, "device", "is missing: a grant needs it", NULL);
	if (!wants && p->device != NULL)
		return refuse(m, p->name, "grants", "lacks ", "device");
	err = p->device == NULL ? OK : check_device(m, p);
	if (err != OK)
		return err;
	if (p->device_optional && p->device == NULL)
		return refuse(m, p->name, "device-optional", "there is no device", NULL);
	if (p->interrupt != 0 && !manifest_has_grant(p, WORD_irq))
		return refuse(m, p->name, "interrupt", "is not granted", NULL);
	if ((p->flags & SPAWN_ON_DEMAND) != 0 && (p->flags & SPAWN_ESSENTIAL) != 0)
		return refuse(m, p->name, "on-demand", "is not for an essential process", NULL);
	if (p->priority > PRIORITY_UNPRIVILEGED_MAX && (p->flags & SPAWN_PRIVILEGED) == 0)
		return refuse(m, p->name, "priority", "needs `privileged` above 63", NULL);
	return OK;
}

static err_t
check_process(struct manifest *m, const struct manifest_process *p)
{
	if (p->stack_bytes % PAGE_BYTES != 0)
		return refuse(m, p->name, "stack", "is not whole pages of 4096", NULL);
	if (strncmp(p->binary, "/boot/", 6) != 0)
		return refuse(m, p->name, "binary", "is not below /boot/: ", p->binary);
	for (unsigned i = 0; i < FIRST_COUNT; i++)
		if (first[i].pid == p->first)
			return check_first(m, p, i);
	return check_later(m, p);
}

static err_t
check_services(struct manifest *m)
{
	for (uint32_t i = 0; i < m->count; i++)
		for (uint32_t j = 0; j < i; j++) {
			const char *a = m->process[i].service, *b = m->process[j].service;
			if (a != NULL && b != NULL && strcmp(a, b) == 0)
				return refuse(m, m->process[i].name, "service",
				    "is also that of node ", m->process[j].name);
		}
	return OK;
}

static err_t
check_irq(struct manifest *m)
{
	const struct manifest_process *manager = &m->process[PID_PROCESS - PID_PIDDB];
	for (uint32_t i = FIRST_COUNT; i < m->count; i++)
		if (manifest_has_grant(&m->process[i], WORD_irq) &&
		    !manifest_has_grant(manager, WORD_irq))
			return refuse(m, manager->name, "grants",
			    "lacks irq, which it is to pass on to ", m->process[i].name);
	return OK;
}

/* --- the order */

/* `after` of the node that became process[n], as numbers of process[]. */
static err_t
read_after(struct manifest *m, uint32_t n, const struct value *v)
{
	struct manifest_process *p = &m->process[n];
	for (const char *word = next_word(v, NULL); word != NULL; word = next_word(v, word)) {
		uint32_t i = 0;
		while (i < m->count && strcmp(m->process[i].name, word) != 0)
			i++;
		if (i == m->count)
			return refuse(m, p->name, "after", "there is no node ", word);
		if (i == n)
			return refuse(m, p->name, "after", "names the node itself", NULL);
		p->after |= BIT(i);
	}
	return OK;
}

static void
move(struct manifest *m, uint32_t from, uint32_t to)
{
	const struct manifest_process moved = m->process[from];
	const uint32_t low = BIT(to) - 1, between = (BIT(from) - 1) & ~low;
	for (uint32_t i = from; i > to; i--)
		m->process[i] = m->process[i - 1];
	m->process[to] = moved;
	for (uint32_t i = 0; i < m->count; i++) {
		const uint32_t after = m->process[i].after;
		m->process[i].after = (after & low) | (after & between) << 1 |
		    ((after & BIT(from)) != 0 ? BIT(to) : 0) |
		    (after & ~(BIT(from) | low | between));
	}
}

/* Stable: each place takes the first process that waits for nothing behind it. */
static err_t
sort_by_after(struct manifest *m)
{
	for (uint32_t place = FIRST_COUNT; place < m->count; place++) {
		uint32_t i = place;
		while (i < m->count && (m->process[i].after & ~(BIT(place) - 1)) != 0)
			i++;
		if (i == m->count)
			return refuse(
			    m, m->process[place].name, "after", "goes round in a circle", NULL);
		move(m, i, place);
	}
	return OK;
}

/* --- all of it */

static err_t
find_processes(struct manifest *m, const void *file, uint64_t bytes, int *processes)
{
	if (bytes > INT32_MAX || fdt_check_full(file, (size_t)bytes) != 0)
		return refuse(m, "/", NULL, "the file is no device tree, or damaged", NULL);
	if (fdt_node_check_compatible(file, 0, "insula,manifest-1") != 0)
		return refuse(m, "/", "compatible", "is not insula,manifest-1", NULL);
	*processes = fdt_path_offset(file, "/processes");
	if (*processes < 0)
		return refuse(m, "/processes", NULL, "is missing", NULL);
	return OK;
}

/* The five to the front, in the order of their PIDs; before `after` is read. */
static err_t
put_first_first(struct manifest *m, struct value after[MANIFEST_PROCESSES])
{
	for (uint32_t f = 0; f < FIRST_COUNT; f++) {
		uint32_t i = f;
		while (i < m->count && m->process[i].first != first[f].pid)
			i++;
		if (i == m->count)
			return refuse(m, "/processes", NULL, "lacks the node ", first[f].name);
		const struct value v = after[i];
		memmove(&after[f + 1], &after[f], (i - f) * sizeof v);
		after[f] = v;
		move(m, i, f);
	}
	return OK;
}

err_t
manifest_read(struct manifest *m, const void *file, uint64_t bytes)
{
	struct value after[MANIFEST_PROCESSES];
	int processes, at;
	*m = (struct manifest){ 0 };
	err_t err = find_processes(m, file, bytes, &processes);
	if (err != OK)
		return err;
	fdt_for_each_subnode(at, file, processes)
	{
		struct value value[RULES] = { 0 };
		if (m->count == MANIFEST_PROCESSES)
			return refuse(m, "/processes", NULL, "has too many nodes", NULL);
		err = read_process(m, file, at, &m->process[m->count], value);
		if (err == OK)
			err = check_process(m, &m->process[m->count]);
		if (err != OK)
			return err;
		after[m->count++] = value[RULE_after];
	}
	err = put_first_first(m, after);
	if (err == OK)
		err = check_services(m);
	if (err == OK)
		err = check_irq(m);
	for (uint32_t i = 0; i < m->count && err == OK; i++)
		err = read_after(m, i, &after[i]);
	if (err == OK)
		err = sort_by_after(m);
	return err;
}
