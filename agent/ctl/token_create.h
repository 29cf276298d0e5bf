// What `token create` and `apply` share. Blocks.
#pragma once

#include "agent/ctl/run.h"
#include "agent/policy/grants.h"

#include <optional>
#include <string>

namespace scoped::ctl {

struct NewToken {
  std::string scope_map;
  std::optional<policy::Grants> grants = {};  // of a scope map of its own, which is made first
};

// The token, its record and its first password; what is there already of the three is gone on from. conflict:
// it has its password, or another scope map, or passwords that somebody keeps. Returns its status.
Result<json::Value> ensure_token(const Run& run, const record::RecordName& name, const NewToken& wanted);

}  // namespace scoped::ctl
