#include "../unit.h"

#include <stdio.h>

#include "pages.h"

void
pages_write(const char *directory, const char *name, struct bytes content)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(content.data, 1, content.len, file), content.len);
	assert_int_equal(fclose(file), 0);
}
