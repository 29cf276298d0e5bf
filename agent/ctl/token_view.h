// A token as `token list` and `token show` print it: what the registry says, and what the record says. Pure.
#pragma once

#include "agent/registry/control_plane.h"
#include "common/base/time.h"
#include "common/json/value.h"
#include "common/store/record_store.h"

#include <string>
#include <vector>

namespace scoped::ctl {

struct TokenView {
  record::RecordName name;
  registry::TokenState state;
  const store::LoadResult* record = nullptr;  // null: the store could not be asked
  std::string record_problem;                 // why
};

// {"registry","token","status","scope_map","slots":[{"slot","created_at","expires_at"}],
//  "record":{"state":"ready","generation":3,"slot":"password2","expires_at":"..."}}
json::Value token_json(const TokenView& view);
// TOKEN, STATUS, SCOPE MAP, PASSWORD1, PASSWORD2, RECORD
std::vector<std::string> token_cells(const TokenView& view, Instant now);
std::string token_text(const TokenView& view, Instant now);

// "generation 3, password2", "not ready", "none", or why it cannot be read.
std::string record_line(const TokenView& view);

}  // namespace scoped::ctl
