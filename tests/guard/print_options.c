/* print_options - print what is made of src/config/options.def: usage: print_options example|manual */
#include <stdio.h>
#include <string.h>

#include "config/config.h"

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new(16 * 1024 * 1024);
	int status = 2;

	if (argc == 2 && strcmp(argv[1], "example") == 0)
		status = fputs(config_example(arena), stdout) < 0;
	else if (argc == 2 && strcmp(argv[1], "manual") == 0)
		status = fputs(config_manual(arena), stdout) < 0;
	arena_free(&arena);
	return status;
}
