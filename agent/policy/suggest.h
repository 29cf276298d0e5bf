// From what tokens were seen to do, the narrowest scope maps that would have sufficed. What was seen used is
// never cut, nor what the log cannot show. Pure.
#pragma once

#include "agent/policy/grants.h"
#include "agent/policy/observed.h"
#include "common/json/value.h"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace scoped::policy {

// Who did what where, as often as it was counted; only what was allowed.
struct Use {
  std::string identity;
  std::string repository;
  std::string operation;  // "Pull", "Push", "Untag", "Delete", as the log has it
  std::string address;    // of the admin user's clients; else empty
  int64_t count = 0;
  Instant last{};
};

// Events joined as they come, so that their number does not matter.
class Uses {
 public:
  void add(const Use& use);
  std::vector<Use> all() const;

 private:
  struct Seen {
    int64_t count = 0;
    Instant last{};
  };
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Seen> seen_;
};

// The actions that an operation of the log needs; none for one that is not known.
std::vector<std::string> actions_of_operation(const std::string& operation);

struct Evidence {
  std::string repository;
  std::string action;
  std::string why;  // "used 37 times, last 2026-03-01 11:00:00", "kept: the log does not show it"
  bool cut = false;
};

struct Suggestion {
  std::string scope_map;           // empty: for users of the admin account
  std::string who;                 // "ci-main, ci-nightly", "the admin account from 10.0.0.7"
  std::vector<Evidence> evidence;  // by repository, then action
  Grants grants;                   // what would have sufficed
  bool changes = false;
  std::string note;  // e.g. that its tokens use different parts of it
};

struct Suggestions {
  std::vector<Suggestion> all;
  std::vector<std::string> idle;  // tokens that were not seen at all
};

Suggestions suggest(const Observed& observed, const std::vector<Use>& uses);

std::string text_of(const Suggestion& suggestion);
json::Value json_of(const Suggestions& suggestions);
// {"registries":{HOST:{"scope_maps":{...}}}}: what `apply -f` would narrow.
json::Value configuration_of(const std::string& host, const Observed& observed,
                             const Suggestions& suggestions);

}  // namespace scoped::policy
