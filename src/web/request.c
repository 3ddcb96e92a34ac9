#include "web/request.h"

#include <string.h>
#include <strings.h>

const char *
request_query(const struct request *request, const char *name)
{
	return fields_get(&request->query, name);
}

const char *
request_form(const struct request *request, const char *name)
{
	return fields_get(&request->form, name);
}

const char *
request_cookie(const struct request *request, const char *name)
{
	return fields_get(&request->cookies, name);
}

const char *
request_header(const struct request *request, const char *name)
{
	for (size_t i = 0; i < request->headers.count; i++) {
		if (strcasecmp(request->headers.items[i].name, name) == 0)
			return request->headers.items[i].value;
	}
	return NULL;
}
