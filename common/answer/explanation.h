// Why a token answers, and why the others do not: the same decision as select(), with its reasons. Pure.
#pragma once

#include "common/answer/selection.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::answer {

// From the closest to the farthest.
enum class Lost {
  tied,         // its pattern is as long as another's
  ambiguous,    // nothing prefers it to the others that may be used
  shorter,      // another token's pattern is longer
  not_allowed,  // the caller may not use it
  not_named,    // the profile names another token
  not_default,  // the default_token answers
  no_pattern,   // none of its patterns covers the repository
};
std::string_view name_of(Lost lost);

struct Candidate {
  std::string token;
  std::optional<Lost> lost;  // nothing: it was chosen
  std::string pattern;       // its longest pattern that covers the key's repository, else empty
};

struct Explanation {
  Selection selection;
  std::string_view rule;                       // "longest_pattern", ...: the one that decided
  std::string_view because;                    // the rule as a sentence
  const config::Registry* registry = nullptr;  // of the configuration; null where it is not mentioned
  std::vector<Candidate> candidates;           // all tokens of the registry, the closest first
};

Explanation explain(const config::Config& configuration, const Permissions& permissions, const Caller& caller,
                    const std::string& profile, const protocol::Key& key);

// "rule longest_pattern chose token 'builder' (pattern 'team/*')", "rule tie: not found"; for debug lines.
std::string summary_of(const Explanation& explanation);

}  // namespace scoped::answer
