#include "unit_arena.h"

struct arena *arena;

int
unit_open_arena(void **state)
{
	(void)state;
	arena = arena_new((size_t)64 << 20);
	return 0;
}

int
unit_close_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}
