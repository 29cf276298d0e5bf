// Records in the KV engine of HashiCorp Vault or OpenBao: one key per record at
// MOUNT/PREFIX/REGISTRY/TOKEN, the record's own JSON as its data, so that `username` and `password` are read
// by any other client. Version 2 is compared and set by the version's number; version 1 has nothing to
// compare and is only read.
//
// absent is proven by the type of the mount and an answer that only who may read gets. erase empties the key,
// then destroys its old versions and keeps its metadata: numbers that start anew would make an old revision
// fit another record.
#pragma once

#include "common/base/random.h"
#include "common/config/setting.h"
#include "common/net/authorizer.h"
#include "common/store/record_store.h"
#include "common/store/types.h"

#include <memory>
#include <span>
#include <string>

namespace scoped::store {

std::span<const config::Setting> vault_kv_settings();

// Asks nothing yet. configuration: no address, or one that is none; otherwise why the identity cannot be made
// (denied: its secret is not for us to read).
Result<std::unique_ptr<RecordStore>> open_vault_kv(const config::Typed& settings, const Context& context);
// Whether the vault answers and has that mount: always false, since a mount is made in the vault itself.
Result<bool> init_vault_kv(const config::Typed& settings, const Context& context);

}  // namespace scoped::store
