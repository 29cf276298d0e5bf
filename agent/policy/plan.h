// What `apply` does: the configuration's scope maps and tokens against the registry's, as steps in an order
// in which each can be carried out, with what each means in words. Pure; nothing in it rotates or revokes a
// password, unless `prune` takes a token away.
#pragma once

#include "agent/policy/observed.h"
#include "common/json/value.h"

#include <string>
#include <vector>

namespace scoped::policy {

enum class Act { create, change, remove };
enum class Kind { scope_map, token };

struct Step {
  Act act = Act::create;
  Kind kind = Kind::scope_map;
  std::string name;
  std::vector<std::string> meaning;  // "cicd-token may no longer push to myapp/worker"

  registry::ScopeMapChange scope_map = {};  // of a scope map: what it becomes
  std::string wanted_map = {};              // of a token: its scope map
  bool first_password = false;              // a token that has none yet: it gets one
};

struct Plan {
  std::vector<Step> steps;
  size_t kept = 0;                 // objects that are as they should be
  std::vector<std::string> notes;  // what is left alone and why
};

// What the plan goes by beside the registry.
struct PlanSettings {
  bool prune = false;
  std::set<std::string> without_password = {};  // tokens whose record still waits for its first password
};

// REQUIRES: observed.written is the wanted state. invalid_input: it names a scope map that is neither in it
// nor in the registry, or a token without any.
Result<Plan> make_plan(const Observed& observed, const PlanSettings& settings);

// "+ scope map 'x' is created", its meaning below it.
std::string text_of(const Plan& plan);
// "2 to create, 1 to change, 0 to delete, 12 stay as they are"
std::string summary_of(const Plan& plan);
json::Value json_of(const Plan& plan);

// What somebody may do after a change that they could not before, and no longer; `who` begins each line.
std::vector<std::string> meaning_of_change(const std::string& who, const std::vector<std::string>& before,
                                           const std::vector<std::string>& after);

}  // namespace scoped::policy
