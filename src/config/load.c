#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/internal.h"

/* The most memory that one snapshot takes. */
#define SNAPSHOT_MAX (64 * 1024 * 1024)

static void
fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

enum err
config_read(const char *path, size_t most, struct arena *arena, struct bytes *ret_content,
    unsigned *ret_mode)
{
	CLEANUP(fd_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat stat;
	uint8_t *data;
	size_t len = 0;
	ssize_t got;

	if (fd < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	if (fstat(fd, &stat) != 0)
		return ERR_IO;
	if (!S_ISREG(stat.st_mode)) {
		errno = S_ISDIR(stat.st_mode) ? EISDIR : EINVAL;
		return ERR_IO;
	}
	if (stat.st_size < 0 || (size_t)stat.st_size > most)
		return ERR_TOO_BIG;
	data = arena_alloc(arena, (size_t)stat.st_size + 1);
	while (len < (size_t)stat.st_size &&
	       (got = read(fd, data + len, (size_t)stat.st_size - len)) != 0) {
		if (got < 0)
			return ERR_IO;
		len += (size_t)got;
	}
	*ret_content = bytes_make(data, len);
	if (ret_mode != NULL)
		*ret_mode = stat.st_mode & 07777;
	return ERR_OK;
}

static void map_load(
    struct load *load, const char *section, const char *place, const struct node *node, void *base);
static void section_default(struct load *load, const char *section, void *base);

static const char *
join(struct load *load, const char *section, const char *name)
{
	return section[0] == '\0' ? name : arena_printf(load->arena, "%s.%s", section, name);
}

static void *
member(const struct option *option, void *base)
{
	static _Thread_local union {
		struct texts texts;
		struct names names;
		struct address address;
		int64_t number;
	} nowhere; /* what is checked but kept nowhere */

	return option->scope == SCOPE_NOWHERE ? (void *)&nowhere : (char *)base + option->offset;
}

/* One item of "providers" or "portals" a node. */
static void
list_load(
    struct load *load, const struct option *option, const char *place, const struct node *node)
{
	bool portals = strcmp(option->key, "portals") == 0;
	size_t size = portals ? sizeof(struct portal_config) : sizeof(struct provider_config),
	       i = 0;
	char *items;

	if (node->kind != NODE_LIST || (int64_t)node->count > option->most) {
		fault_add(load, node, place, "this does not fit; write %s, at most %d",
		    option_describe(option, load->arena), (int)option->most);
		return;
	}
	items = arena_array(load->arena, node->count, size);
	for (const struct node *item = node->first; item != NULL; item = item->next, i++)
		map_load(load, arena_printf(load->arena, "%s[]", option->key),
		    arena_printf(load->arena, "%s[%zu]", place, i), item, items + i * size);
	if (portals) {
		load->config->portals = (struct portal_config *)(void *)items;
		load->config->portal_count = node->count;
	} else {
		load->config->providers = (struct provider_config *)(void *)items;
		load->config->provider_count = node->count;
	}
}

static void
unknown_key(struct load *load, const char *key, const char *place, const struct node *node)
{
	const struct option *nearest = option_nearest(key);

	if (nearest != NULL)
		fault_add(
		    load, node, place, "this key does not exist; did you mean %s?", nearest->key);
	else
		fault_add(load, node, place,
		    "this key does not exist; remove it, or see vestibule.yaml(5) for the keys "
		    "there are");
}

static void
option_load(struct load *load, const struct option *option, const char *place,
    const struct node *node, void *base)
{
	if (option->later != NULL)
		warning_add(load, node, place, "not in this release: %s", option->later);
	if (option->type == OPTION_SECTION)
		map_load(load, option->key, place, node, base);
	else if (option->type == OPTION_LIST)
		list_load(load, option, place, node);
	else
		value_set(load, option, node, place, member(option, base));
}

/* Defaults for what the file leaves out; node: the mapping it is missing in, NULL when that is absent itself. */
static void
option_default(struct load *load, const struct option *option, const char *place,
    const struct node *node, void *base)
{
	if (option->type == OPTION_SECTION)
		section_default(load, option->key, base);
	else if (option->flag == OPTION_REQUIRED && node != NULL)
		fault_add(load, node, place, "this key is missing; write %s",
		    option_describe(option, load->arena));
	else if (option->fallback != NULL && option->scope != SCOPE_NOWHERE)
		value_default(load, option, member(option, base));
}

static void
section_default(struct load *load, const char *section, void *base)
{
	for (size_t i = 0; i < option_count; i++)
		if (option_within(&options[i], section))
			option_default(load, &options[i], options[i].key, NULL, base);
}

/* section: as in options.def; place: the same with indexes; base: the struct that its rows fill. */
static void
map_load(
    struct load *load, const char *section, const char *place, const struct node *node, void *base)
{
	const struct option *option;

	if (node->kind != NODE_MAP) {
		fault_add(
		    load, node, place, "this does not fit; write a mapping of keys and values");
		return;
	}
	for (const struct node *at = node->first; at != NULL; at = at->next) {
		option = option_find(join(load, section, at->key));
		if (option == NULL)
			unknown_key(
			    load, join(load, section, at->key), join(load, place, at->key), at);
		else
			option_load(load, option, join(load, place, at->key), at, base);
	}
	for (size_t i = 0; i < option_count; i++)
		if (option_within(&options[i], section) &&
		    tree_get(node, option_name(&options[i])) == NULL)
			option_default(load, &options[i],
			    join(load, place, option_name(&options[i])), node, base);
}

static enum err
file_fault(struct load *load, enum err err)
{
	if (err == ERR_NOT_FOUND)
		fault_add(load, NULL, "",
		    "the configuration file does not exist; name it with -c FILE, or begin with "
		    "doc/vestibule.example.yaml");
	else if (err == ERR_TOO_BIG)
		fault_add(load, NULL, "",
		    "the file is larger than 1 MiB, which no configuration is; name the right one");
	else
		fault_add(load, NULL, "",
		    "the configuration file cannot be read (%m); name a file that this user may "
		    "read");
	return err == ERR_TOO_BIG ? ERR_CONFIG : err;
}

static enum err
load_all(struct load *load)
{
	CLEANUP(arena_free)
	struct arena *scratch = arena_new(4 * CONFIG_FILE_MAX);
	struct bytes yaml;
	struct node *root;
	enum err err = config_read(load->file, CONFIG_FILE_MAX, scratch, &yaml, NULL);

	if (err != ERR_OK)
		return file_fault(load, err);
	root = tree_parse(load, yaml);
	if (root == NULL)
		return ERR_CONFIG;
	map_load(load, "", "", root, load->config);
	/* what belongs together is compared once each value is sound */
	if (load->fault_count == 0) {
		cross_check(load, root);
		referenced_load(load, root);
	}
	if (load->fault_count > CONFIG_FAULTS_MAX)
		buf_printf(&load->faults, "\n%s: and %u more", load->file,
		    load->fault_count - CONFIG_FAULTS_MAX);
	return load->fault_count == 0 ? ERR_OK : ERR_CONFIG;
}

/* The folder of the file, absolute, so that the service may change its own later. */
static const char *
folder_of(const char *file, struct arena *arena)
{
	char whole[PATH_MAX];

	if (realpath(file, whole) == NULL)
		return "/"; /* not there: reading says so */
	return arena_text(arena, dirname(whole));
}

enum err
config_load(
    const char *file, struct arena *arena, struct config **ret_config, const char **ret_reason)
{
	struct arena *own = arena_new(SNAPSHOT_MAX);
	struct config_owned *owned = arena_new_object(own, struct config_owned);
	struct load load = {.file = file, .arena = own, .config = &owned->config};
	enum err err;

	owned->arena = own;
	owned->config.file = arena_text(own, file);
	load.folder = folder_of(file, own);
	buf_init(&load.faults, arena, 256 * 1024);
	buf_init(&load.warnings, own, 256 * 1024);
	err = load_all(&load);
	if (err != ERR_OK) {
		*ret_reason = buf_text(&load.faults);
		arena_free(&own);
		return err;
	}
	owned->config.warnings = buf_text(&load.warnings);
	*ret_config = &owned->config;
	return ERR_OK;
}

void
config_free(struct config **config)
{
	struct config_owned *owned = (struct config_owned *)(void *)*config;
	struct arena *arena;

	if (owned == NULL)
		return;
	if (owned->config.release != NULL)
		owned->config.release(&owned->config);
	arena = owned->arena;
	arena_free(&arena);
	*config = NULL;
}
