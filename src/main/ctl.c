/* vestibulectl - the operator's tool. */
#include <locale.h>

#include "cli/cli.h"

int
main(int argc, char **argv)
{
	setlocale(LC_MESSAGES, "");
	return (int)cli_run(argc, argv);
}
