#include "base/arena.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BLOCK (16 * 1024)
/* A bigger block is not kept over a reset: one large request must not hold its memory for ever. */
#define KEEP_AT_MOST (256 * 1024)
#define ALIGNMENT alignof(max_align_t)

struct block {
	struct block *next;
	size_t size;
	size_t used;
	alignas(max_align_t) uint8_t data[];
};

struct arena {
	struct block *blocks; /* the newest first: the only one that still gives */
	size_t cap;
	size_t used;
	size_t next_size;
};

struct arena *
arena_new(size_t cap)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	must(arena != NULL);
	arena->cap = cap;
	arena->next_size = FIRST_BLOCK;
	return arena;
}

static void
block_wipe(struct block *block)
{
	bytes_wipe(block->data, block->used);
	block->used = 0;
}

static void
block_free(struct block *block)
{
	block_wipe(block);
	free(block);
}

void
arena_free(struct arena **arena)
{
	struct block *block, *next;

	if (*arena == NULL)
		return;
	for (block = (*arena)->blocks; block != NULL; block = next) {
		next = block->next;
		block_free(block);
	}
	free(*arena);
	*arena = NULL;
}

/* Which block outlives a reset: the biggest of a moderate size. */
static const struct block *
block_to_keep(const struct arena *arena)
{
#ifdef ARENA_MALLOC
	(void)arena;
	return NULL;
#else
	for (const struct block *block = arena->blocks; block != NULL; block = block->next) {
		if (block->size <= KEEP_AT_MOST)
			return block;
	}
	return NULL;
#endif
}

void
arena_reset(struct arena *arena)
{
	const struct block *keep = block_to_keep(arena);
	struct block *block = arena->blocks, *next;

	arena->blocks = NULL;
	arena->used = 0;
	arena->next_size = FIRST_BLOCK;
	for (; block != NULL; block = next) {
		next = block->next;
		if (block != keep) {
			block_free(block);
			continue;
		}
		block_wipe(block);
		block->next = NULL;
		arena->blocks = block;
	}
	if (arena->blocks != NULL)
		arena->next_size = 2 * arena->blocks->size;
}

static void
block_add(struct arena *arena, size_t size)
{
	struct block *block = calloc(1, sizeof(*block) + size);

	must(block != NULL);
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
}

#ifdef ARENA_MALLOC
/* Each object is a block of its own and exactly as long as asked for, so that sanitizers see overruns. */
static void *
take(struct arena *arena, size_t size)
{
	block_add(arena, size);
	arena->blocks->used = size;
	return arena->blocks->data;
}
#else
static void *
take(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;
	uint8_t *data;

	if (block == NULL || block->size - block->used < size) {
		block_add(arena, size > arena->next_size ? size : arena->next_size);
		block = arena->blocks;
		if (arena->next_size < arena->cap)
			arena->next_size *= 2;
	}
	data = block->data + block->used;
	block->used += size;
	return data;
}
#endif

static size_t
round_up(size_t size)
{
	return (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded;

	must(size <= arena->cap && arena->used <= arena->cap);
	rounded = round_up(size > 0 ? size : 1);
	must(rounded <= arena->cap - arena->used);
	arena->used += rounded;
#ifdef ARENA_MALLOC
	return take(arena, size);
#else
	return take(arena, rounded);
#endif
}

void *
arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	must(!__builtin_mul_overflow(count, size, &total));
	return arena_alloc(arena, total);
}

void *
arena_grow(struct arena *arena, void *data, size_t old_size, size_t new_size)
{
	void *copy;

	must(new_size >= old_size);
#ifndef ARENA_MALLOC
	struct block *block = arena->blocks;
	size_t more = round_up(new_size) - round_up(old_size);

	/* The newest object of all grows where it stands. */
	if (data != NULL && old_size > 0 &&
	    (uint8_t *)data + round_up(old_size) == block->data + block->used &&
	    block->size - block->used >= more && new_size <= arena->cap) {
		must(more <= arena->cap - arena->used);
		block->used += more;
		arena->used += more;
		return data;
	}
#endif
	copy = arena_alloc(arena, new_size);
	if (old_size > 0)
		memcpy(copy, data, old_size);
	return copy;
}

char *
arena_text(struct arena *arena, const char *text)
{
	return text != NULL ? arena_text_of(arena, bytes_of(text)) : NULL;
}

char *
arena_text_of(struct arena *arena, struct bytes bytes)
{
	char *text = arena_alloc(arena, bytes.len + 1);

	if (bytes.len > 0)
		memcpy(text, bytes.data, bytes.len);
	return text;
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(arena, format, args);
	va_end(args);
	return text;
}

char *
arena_vprintf(struct arena *arena, const char *format, va_list args)
{
	char small[256];
	va_list again;
	char *text;
	int len;

	must(format != NULL);
	va_copy(again, args);
	len = vsnprintf(small, sizeof(small), format, again);
	va_end(again);
	must(len >= 0);
	if ((size_t)len < sizeof(small)) {
		text = arena_text_of(arena, bytes_make(small, (size_t)len));
		bytes_wipe(small, (size_t)len);
		return text;
	}
	text = arena_alloc(arena, (size_t)len + 1);
	must(vsnprintf(text, (size_t)len + 1, format, args) == len);
	return text;
}

size_t
arena_used(const struct arena *arena)
{
	return arena->used;
}
