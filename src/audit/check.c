#include "audit/check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define FAULT_MAX 512

enum err
check_fault(struct audit_check *check, const char *format, ...)
{
	char text[FAULT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (check->fault == NULL)
		check->fault = arena_text(check->arena, text);
	return ERR_REFUSED;
}

void
check_init(struct audit_check *check, struct arena *arena, const struct audit_keys *keys)
{
	*check = (struct audit_check){.arena = arena, .keys = *keys};
	chain_begin(&check->walk, arena, 0, NULL);
}

/* What is known from outside of the event that the walk stands at. */
static enum err
meet_anchors(struct audit_check *check)
{
	for (size_t i = 0; i < check->anchor_count; i++) {
		struct audit_anchor *anchor = &check->anchors[i];

		if (anchor->sequence != check->walk.sequence)
			continue;
		if (memcmp(anchor->chain, check->walk.chain, CHAIN_SIZE) != 0)
			return check_fault(check,
			    "the head known from outside says otherwise of event %" PRIu64 ": an event up to it was altered, and the chain made anew",
			    anchor->sequence);
		anchor->met = true;
	}
	return ERR_OK;
}

enum err
check_begin(struct audit_check *check, const struct audit_head *head)
{
	chain_begin(&check->walk, check->walk.arena, head != NULL ? head->sequence : 0, head != NULL ? head->chain : NULL);
	check->begins = check->vouched = check->walk.sequence;
	check->heads = head != NULL;
	return check->begins > 0 ? meet_anchors(check) : ERR_OK;
}

enum err
check_event(struct audit_check *check, uint64_t sequence, const struct AuditRecord *record)
{
	enum chain_verdict verdict = chain_step(&check->walk, sequence, record);

	if (verdict != CHAIN_SOUND)
		return check_fault(check, "%s", chain_verdict_print(check->arena, verdict, &check->walk, sequence));
	return meet_anchors(check);
}

enum err
check_open(struct audit_check *check, uint64_t sequence, const char *jws, struct audit_head *ret_head)
{
	enum err err = head_open(&check->keys, false, jws, check->walk.arena, ret_head);

	if (err == ERR_FORMAT)
		return check_fault(check, "the head at event %" PRIu64 " is damaged: it is no signed statement", sequence);
	if (err != ERR_OK)
		return check_fault(check, "the head at event %" PRIu64 " is not signed by any of the keys: it was forged, or its key is missing",
		    sequence);
	if (ret_head->sequence != sequence)
		return check_fault(check, "the head at event %" PRIu64 " speaks of event %" PRIu64 ": it was moved", sequence, ret_head->sequence);
	return ERR_OK;
}

enum err
check_head(struct audit_check *check, uint64_t sequence, const char *jws)
{
	struct audit_head head;
	enum err err = check_open(check, sequence, jws, &head);

	if (err != ERR_OK)
		return err;
	if (sequence != check->walk.sequence)
		return check_fault(check, "the head at event %" PRIu64 " stands after event %" PRIu64 ": it was moved, or events are missing",
		    sequence, check->walk.sequence);
	if (head.removed && sequence != check->begins)
		return check_fault(check, "the head at event %" PRIu64 " says that the events before it are removed, but they are there", sequence);
	if (memcmp(head.chain, check->walk.chain, CHAIN_SIZE) != 0)
		return check_fault(check,
		    "the head at event %" PRIu64 " says otherwise: an event from %" PRIu64 " to %" PRIu64 " was altered, and the chain made anew",
		    sequence, check->vouched + 1, sequence);
	check->vouched = sequence;
	check->heads++;
	return ERR_OK;
}

enum err
check_end(struct audit_check *check)
{
	for (size_t i = 0; i < check->anchor_count; i++)
		if (check->anchors[i].sequence > check->walk.sequence)
			return check_fault(check,
			    "a head known from outside speaks of event %" PRIu64 ", but the history ends at %" PRIu64 ": its end was cut off",
			    check->anchors[i].sequence, check->walk.sequence);
	return ERR_OK;
}
