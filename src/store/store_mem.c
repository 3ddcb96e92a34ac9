/* The store without a disk: skip lists (Pugh 1990) under one lock, for tests and for trying things out. */
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

#define LEVELS 16

struct node {
	uint8_t *value;
	size_t value_len, key_len;
	unsigned levels;
	struct node **next; /* `levels` of them */
	uint8_t key[];
};

struct list {
	struct node *heads[LEVELS];
	uint64_t count, size;
};

struct raw {
	pthread_rwlock_t lock;
	struct list lists[RAW_COUNT];
	uint64_t random; /* under the lock, as a writer */
};

struct raw_txn {
	struct raw *raw;
};

static int
compare(const struct node *node, struct bytes key)
{
	size_t len = node->key_len < key.len ? node->key_len : key.len;
	int order = len > 0 ? memcmp(node->key, key.data, len) : 0;

	if (order != 0)
		return order;
	return (node->key_len > key.len) - (node->key_len < key.len);
}

/* The links on each level that lead over `key`: links[0] points to the first node >= key. */
static void
find_links(struct list *list, struct bytes key, struct node **links[LEVELS])
{
	struct node **level = list->heads;

	for (int i = LEVELS - 1; i >= 0; i--) {
		while (level[i] != NULL && compare(level[i], key) < 0)
			level = level[i]->next;
		links[i] = &level[i];
	}
}

static struct node *
find(struct list *list, struct bytes key)
{
	struct node **links[LEVELS];

	find_links(list, key, links);
	return *links[0];
}

static void
node_free(struct node *node)
{
	if (node->value_len > 0)
		bytes_wipe(node->value, node->value_len);
	free(node->value);
	free(node->next);
	free(node);
}

/* Half of the nodes stand on the next level too (xorshift64). */
static unsigned
random_levels(struct raw *raw)
{
	raw->random ^= raw->random << 13;
	raw->random ^= raw->random >> 7;
	raw->random ^= raw->random << 17;
	return 1 + (unsigned)__builtin_ctzll(raw->random | 1u << (LEVELS - 1));
}

static struct node *
node_new(struct raw *raw, struct bytes key)
{
	struct node *node = calloc(1, sizeof(*node) + key.len);

	must(node != NULL);
	node->levels = random_levels(raw);
	node->next = calloc(node->levels, sizeof(*node->next));
	must(node->next != NULL);
	node->key_len = key.len;
	memcpy(node->key, key.data, key.len);
	return node;
}

static void
set_value(struct node *node, struct bytes value)
{
	free(node->value);
	node->value = malloc(value.len > 0 ? value.len : 1);
	must(node->value != NULL);
	if (value.len > 0)
		memcpy(node->value, value.data, value.len);
	node->value_len = value.len;
}

static enum err
mem_open(const struct store_options *options, struct arena *arena, struct raw **ret_raw,
    const char **ret_reason)
{
	struct raw *raw = calloc(1, sizeof(*raw));
	pthread_rwlockattr_t attributes;

	(void)options;
	(void)arena;
	(void)ret_reason;
	must(raw != NULL);
	raw->random = 0x9e3779b97f4a7c15;
	must(pthread_rwlockattr_init(&attributes) == 0);
	must(pthread_rwlockattr_setkind_np(
		 &attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
	must(pthread_rwlock_init(&raw->lock, &attributes) == 0);
	pthread_rwlockattr_destroy(&attributes);
	*ret_raw = raw;
	return ERR_OK;
}

static void
mem_close(struct raw *raw)
{
	struct node *node, *next;

	for (unsigned i = 0; i < RAW_COUNT; i++) {
		for (node = raw->lists[i].heads[0]; node != NULL; node = next) {
			next = node->next[0];
			node_free(node);
		}
	}
	pthread_rwlock_destroy(&raw->lock);
	free(raw);
}

static enum err
mem_make_tables(struct raw *raw)
{
	(void)raw;
	return ERR_OK;
}

static enum err
mem_begin(struct raw *raw, bool write, struct raw_txn **ret_txn)
{
	struct raw_txn *txn = calloc(1, sizeof(*txn));

	must(txn != NULL);
	txn->raw = raw;
	must((write ? pthread_rwlock_wrlock(&raw->lock) : pthread_rwlock_rdlock(&raw->lock)) == 0);
	*ret_txn = txn;
	return ERR_OK;
}

static void
mem_abort(struct raw_txn *txn)
{
	must(pthread_rwlock_unlock(&txn->raw->lock) == 0);
	free(txn);
}

static enum err
mem_commit(struct raw_txn *txn)
{
	mem_abort(txn);
	return ERR_OK;
}

static enum err
mem_get(struct raw_txn *txn, unsigned table, struct bytes key, struct bytes *ret_value)
{
	const struct node *node = find(&txn->raw->lists[table], key);

	if (node == NULL || compare(node, key) != 0)
		return ERR_NOT_FOUND;
	*ret_value = bytes_make(node->value, node->value_len);
	return ERR_OK;
}

static enum err
mem_seek(struct raw_txn *txn, unsigned table, struct bytes from, bool after, struct bytes *ret_key,
    struct bytes *ret_value)
{
	const struct node *node = find(&txn->raw->lists[table], from);

	if (after && node != NULL && compare(node, from) == 0)
		node = node->next[0];
	if (node == NULL)
		return ERR_NOT_FOUND;
	*ret_key = bytes_make(node->key, node->key_len);
	*ret_value = bytes_make(node->value, node->value_len);
	return ERR_OK;
}

static enum err
mem_put(struct raw_txn *txn, unsigned table, struct bytes key, struct bytes value)
{
	struct list *list = &txn->raw->lists[table];
	struct node **links[LEVELS], *node;

	find_links(list, key, links);
	node = *links[0];
	if (node == NULL || compare(node, key) != 0) {
		node = node_new(txn->raw, key);
		for (unsigned i = 0; i < node->levels; i++) {
			node->next[i] = *links[i];
			*links[i] = node;
		}
		list->count++;
		list->size += key.len;
	}
	list->size += value.len - node->value_len;
	set_value(node, value);
	return ERR_OK;
}

static enum err
mem_del(struct raw_txn *txn, unsigned table, struct bytes key)
{
	struct list *list = &txn->raw->lists[table];
	struct node **links[LEVELS], *node;

	find_links(list, key, links);
	node = *links[0];
	if (node == NULL || compare(node, key) != 0)
		return ERR_NOT_FOUND;
	for (unsigned i = 0; i < node->levels; i++)
		*links[i] = node->next[i];
	list->count--;
	list->size -= node->key_len + node->value_len;
	node_free(node);
	return ERR_OK;
}

static enum err
mem_grow(struct raw *raw)
{
	(void)raw;
	return ERR_FULL;
}

static void
mem_maintain(struct raw *raw)
{
	(void)raw;
}

static enum err
mem_stat(struct raw *raw, uint64_t records[RAW_COUNT], uint64_t *ret_used, uint64_t *ret_size)
{
	uint64_t size = 0;

	must(pthread_rwlock_rdlock(&raw->lock) == 0);
	for (unsigned i = 0; i < RAW_COUNT; i++) {
		records[i] = raw->lists[i].count;
		size += raw->lists[i].size;
	}
	must(pthread_rwlock_unlock(&raw->lock) == 0);
	*ret_used = *ret_size = size;
	return ERR_OK;
}

static const char *
mem_cause(struct raw *raw)
{
	(void)raw;
	return "";
}

const struct raw_ops store_mem_ops = {
    .name = "mem",
    .open = mem_open,
    .close = mem_close,
    .make_tables = mem_make_tables,
    .begin = mem_begin,
    .commit = mem_commit,
    .abort = mem_abort,
    .get = mem_get,
    .seek = mem_seek,
    .put = mem_put,
    .del = mem_del,
    .grow = mem_grow,
    .maintain = mem_maintain,
    .stat = mem_stat,
    .cause = mem_cause,
};
