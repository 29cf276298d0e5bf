// Records in an Azure Key Vault: one secret per record, whose latest version is the record's own JSON, with
// the tags of the dual-credential convention and the validity of the current password as its own.
//
// A Key Vault compares nothing before it writes: two writers at once lose one of the two writes, so that one
// agent alone may rotate. What can be told is told: a record that was changed since it was read is a
// conflict. absent is proven by the vault's own answer and by there being no deleted secret of that name. A
// disabled version is never read; the versions before the latest are disabled. erase writes an empty version
// first, so that nothing is recovered with the name but that.
#pragma once

#include "common/config/setting.h"
#include "common/store/record_store.h"
#include "common/store/types.h"

#include <memory>
#include <span>

namespace scoped::store {

std::span<const config::Setting> key_vault_settings();

// Asks nothing yet. configuration: no address, or a prefix that no secret's name may have.
Result<std::unique_ptr<RecordStore>> open_key_vault(const config::Typed& settings, const Context& context);
// Whether the vault answers and the identity may read there: always false, since a vault is made in Azure.
Result<bool> init_key_vault(const config::Typed& settings, const Context& context);

}  // namespace scoped::store
