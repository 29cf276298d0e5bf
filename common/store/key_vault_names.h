// Under which name a record is kept in an Azure Key Vault, and what its secret says beside the value. Pure.
//
// A name has 1 to 127 letters, digits and '-', and is the same in either case:
// https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates
#pragma once

#include "common/base/result.h"
#include "common/record/record.h"

#include <stdint.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scoped::store {

inline constexpr std::string_view kRecordContent = "application/vnd.docker-credential-scoped.record+json";
inline constexpr std::string_view kErasedContent = "application/vnd.docker-credential-scoped.erased";

// 1 to 40 letters, digits and single '-' between them.
bool is_key_vault_prefix(std::string_view prefix);

// "PREFIX--myregistry-azurecr-io--ci-main". What cannot be written so that the names of two records differ
// (capitals, '--', another character, a registry's '-' or port) is simplified, and a hash of the true name
// follows. REQUIRES: is_key_vault_prefix.
std::string key_vault_name(std::string_view prefix, const record::RecordName& name);

// The tags of secrets with two credentials, as Azure's own rotation functions read them:
// https://learn.microsoft.com/azure/key-vault/secrets/tutorial-rotation-dual
using Tags = std::vector<std::pair<std::string, std::string>>;
Tags key_vault_tags(const record::Record& record);
// From the tag ProviderAddress; nothing where that is none of ours.
std::optional<record::RecordName> tagged_name(std::string_view provider_address);

}  // namespace scoped::store
