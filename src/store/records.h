/* records.h - records as C structs, packed and unpacked (protobuf-c), for the layers above the store.
 *
 * The structs are those that protoc-c makes of records.proto: struct AccountRecord and so on; unpacked ones live in the
 * arena of the transaction's ctx.  Repeated fields are n_x and x. Texts are never NULL after unpacking.
 */
#ifndef STORE_RECORDS_H
#define STORE_RECORDS_H

#include "src/store/records.pb-c.h"
#include "store/store.h"

/* Start a record of the right type: RECORD(AccountRecord, account_record) gives an initialised value. */

/* Typed access: record_load(txn, TABLE_ACCOUNT, key, &account_record__descriptor, &account).  ERR_NOT_FOUND, ERR_STORE, or ERR_FORMAT when what
 * stands in the store is not such a record. */
enum err record_load(struct txn *txn, enum table table, struct bytes key, const ProtobufCMessageDescriptor *type, void *ret_record);
enum err record_save(struct txn *txn, enum table table, struct bytes key, const void *record, int64_t expires);
enum err record_insert(struct txn *txn, enum table table, struct bytes key, const void *record, int64_t expires);
/* For walks. */
enum err record_parse(struct arena *arena, struct bytes value, const ProtobufCMessageDescriptor *type, void *ret_record);

/* Bytes fields. */
struct bytes record_bytes(ProtobufCBinaryData data);
ProtobufCBinaryData record_data(struct bytes bytes);

/* Mark something single-use as used: ERR_EXISTS when it was used before.  kind: a short constant ("saml-request");
 * id: any text up to 300 bytes (hashed when longer than fits). */
enum err used_mark(struct txn *txn, const char *kind, const char *id, int64_t expires);
/* Is it marked? Only to tell a person: what consumes it asks used_mark(). */
enum err used_marked(struct txn *txn, const char *kind, const char *id, bool *ret_used);

#endif
