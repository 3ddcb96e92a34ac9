#include "crypto/keyring.h"
#include "unit.h"
#include "unit_arena.h"

struct keyring *keys;

int
unit_open_keys(void **state)
{
	unit_open_arena(state);
	keys = unit_keys(arena);
	return 0;
}

int
unit_close_keys(void **state)
{
	keyring_free(&keys);
	return unit_close_arena(state);
}
