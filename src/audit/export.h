/* export.h - the history as a file that others can keep, read and check: JSON, one object a line.
 *
 *   {"type":"audit-export","version":1,"from":N,"before":HEX}      the first event in it, and the chain before that
 *   {"type":"event","sequence":N,"time":"2026-11-24T14:03:07.123Z","event":"signin-finished","account":HEX or "","portal":"health",
 *    "request":"k3v9...","fields":{"provider":"gckey",...},"chain":HEX}
 *   {"type":"head","sequence":N,"jws":"..."}                       after the event that it speaks of, or first: of what was removed
 *   {"type":"end","jws":"..."}                                     the seal: signed when the export was made, over its first and last event
 *
 * So an export that lacks a line, at whichever end, is found without knowing anything but our public keys (doc/AUDIT.md).
 *
 * Runs in:  vestibulectl.
 */
#ifndef AUDIT_EXPORT_H
#define AUDIT_EXPORT_H

#include "audit/check.h"

/* No line is longer. */
#define EXPORT_LINE_MAX 16384

struct export_range {
	uint64_t from;	/* 0: from the first event there is */
	uint64_t to;	/* 0: to the newest */
};
struct export_done {
	uint64_t from, to;	/* to = from - 1: none */
	uint64_t events, heads;
};
/* fn gets lines, each with its line feed, some at once; anything but ERR_OK ends the export and is returned. */
typedef enum err export_fn(void *arg, struct bytes lines);
/* In several views, so that a long history holds up nobody.  ERR_NOT_FOUND: there is no such event (any more).  ERR_FORMAT: what follows on
 * *ret_done->to is damaged.  ERR_EXISTS: events were removed meanwhile, try again.  Else what fn or the store said. */
enum err export_write(struct ctx *ctx, const struct export_range *range, export_fn *fn, void *arg, struct export_done *ret_done);
/* The first event at or after a time, by the clock of then; one past the newest when there is none. */
enum err export_find(struct ctx *ctx, int64_t time, uint64_t *ret_sequence);

/* Checking a file, line by line. */
struct export_check {
	struct audit_check check;	/* initialised by export_check_init(); its anchors may be set then */
	unsigned line;
	enum { EXPORT_HEADER, EXPORT_FIRST, EXPORT_EVENTS, EXPORT_ENDED } expects;
	uint64_t from;
	uint8_t before[CHAIN_SIZE];
	int64_t made;			/* when it was sealed */
};
void export_check_init(struct export_check *export, struct arena *arena, const struct audit_keys *keys);
/* One line without its line feed; `scratch` is given back by the caller afterwards.  ERR_REFUSED: export->check.fault. */
enum err export_check_line(struct export_check *export, struct bytes line, struct arena *scratch);
enum err export_check_end(struct export_check *export);

#endif
