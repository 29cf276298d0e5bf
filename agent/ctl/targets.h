// Which registry or token of the configuration a command line means. Pure.
#pragma once

#include "common/config/config.h"
#include "common/record/names.h"

#include <optional>
#include <string>

namespace scoped::ctl {

// A host, or its first word where that means one registry only; nothing: the only registry there is. Error
// (configuration): there is none; (not_found): names those that are known.
Result<const config::Registry*> choose_registry(const config::Config& config,
                                                const std::optional<std::string>& asked);

// "HOST/TOKEN", or "TOKEN" where one registry only has it. The token is in the configuration.
Result<record::RecordName> choose_token(const config::Config& config, const std::string& asked);

// Error (configuration) where the token is not in the configuration: with the object to put there, since
// neither the agent nor the helper would know it.
Result<> must_be_configured(const config::Registry& registry, const std::string& token,
                            const std::string& scope_map);
// {"tokens":{"T":{"scope_map":"M"}}}
std::string token_snippet(const std::string& token, const std::string& scope_map);

}  // namespace scoped::ctl
