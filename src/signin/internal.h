/* internal.h - what the files of signin/ share. */
#ifndef SIGNIN_INTERNAL_H
#define SIGNIN_INTERNAL_H

#include "factor/recovery.h"
#include "signin/journey.h"

/* Give the account this set and let it wait in the session for the person to keep it; session and account are changed, and saved by the
 * caller. */
enum err codes_save(struct txn *txn, struct journey *now, const struct recovery_set *set);

#endif
