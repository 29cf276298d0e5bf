// Why a key is answered as it is, as `explain` prints it. Pure.
#pragma once

#include "common/answer/explanation.h"
#include "common/json/value.h"
#include "common/protocol/docker.h"

#include <sys/types.h>

#include <optional>
#include <string>

namespace scoped::ctl {

struct ExplanationView {
  std::string key;                    // as it may be shown
  std::optional<protocol::Key> read;  // nothing: it names no registry
  std::string profile;
  std::string profile_from;  // "--profile" or "$SCOPED_PROFILE"
  std::string user;
  uid_t uid = 0;
  answer::Explanation explanation;  // of `read`
  std::string note;                 // what else should be known, or empty
};

// {"key","registry","repository","profile","user","uid","configured_at","rule","because",
//  "answer":{"kind":"token","token":"T"},
//  "tokens":[{"token","chosen","reason","pattern","configured_at"}],"note"}
// `kind` is "token", "not_mine", "not_found" or "refused"; all but the first have the helper's own "text".
json::Value explanation_json(const ExplanationView& view);
// The same for people; of many tokens only the closest.
std::string explanation_text(const ExplanationView& view);

}  // namespace scoped::ctl
