// What a vault allows and keeps, compared with what a record needs there: the rights of the token (as
// sys/capabilities-self says them) and the settings of key and mount. Pure.
#pragma once

#include "common/base/result.h"
#include "common/record/names.h"
#include "common/store/record_store.h"
#include "common/store/vault_paths.h"

#include <string>
#include <string_view>
#include <vector>

namespace scoped::store {

struct VaultNeed {
  std::string path;
  std::vector<std::string> capabilities;
  std::string why;  // "to rotate"
};

// `version` of KV; version 1 is only read.
std::vector<VaultNeed> vault_needs(const VaultPaths& paths, const record::RecordName& name, int version,
                                   bool rotates);
std::string capabilities_question(const std::vector<VaultNeed>& needs);  // a body

// One flaw for each right that is missing. unavailable: that is no such answer.
Result<std::vector<Flaw>> flaws_of_capabilities(const std::vector<VaultNeed>& needs, std::string_view body);

// Of a key's metadata or a mount's config: delete_version_after, and a key without cas_required.
Result<std::vector<Flaw>> flaws_of_settings(const std::string& path, std::string_view body);

}  // namespace scoped::store
