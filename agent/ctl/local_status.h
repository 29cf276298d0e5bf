// The status of tokens where no agent runs: one observation of store and registry each. Reads only.
#pragma once

#include "agent/ctl/run.h"
#include "agent/rotate/session.h"
#include "common/json/value.h"

#include <optional>
#include <string>

namespace scoped::ctl {

// TOKEN documents (common/doc/control-protocol.md) of the registry's configured tokens, or of one. What
// cannot be read is in a token's "problem".
json::Array observe_tokens(const Run& run, const config::Registry& registry,
                           const std::optional<std::string>& token);

// What a record alone tells, for a registry that has no control plane here. Pure.
rotate::TokenStatus status_of_record(const record::RecordName& name, const store::LoadResult& loaded);

}  // namespace scoped::ctl
