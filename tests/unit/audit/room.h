/* room.h - a store in memory with an audit in it, for the tests of audit/. */
#ifndef TESTS_AUDIT_ROOM_H
#define TESTS_AUDIT_ROOM_H

#include "../unit.h"

#include "audit/audit.h"
#include "audit/check.h"
#include "audit/maintain.h"
#include "config/config.h"
#include "crypto/keyring.h"

#define T0 ((int64_t)1790000000000)
#define ROOM_ACCOUNT bytes_of("0123456789abcdef")

struct room {
	struct arena *arena;
	struct keyring *keys;
	struct config config;	/* retention.audit is 30 days */
	struct ctx ctx;
};

int room_setup(void **state);
int room_teardown(void **state);

/* So many events, each in a transaction: every second one of ROOM_ACCOUNT. */
void room_append(struct room *room, unsigned count);
/* Events 11 to 35, with signed heads at 10 (those before are removed) and 30. */
void room_history(struct room *room);
/* What is found in the store; "" when all is sound. */
const char *room_check(struct room *room, struct audit_anchor *anchors, size_t count);

#endif
