#include "agent/policy/plan.h"

#include "agent/policy/grants.h"
#include "common/config/nearest.h"

#include <algorithm>

namespace scoped::policy {
namespace {

std::string place(const config::Origin& origin) {
  return origin.file + ":" + std::to_string(origin.line) + ": ";
}

const registry::TokenState* find_token(const Observed& o, const std::string& name) {
  const auto found = std::lower_bound(
      o.tokens.begin(), o.tokens.end(), name,
      [](const registry::TokenState& token, const std::string& key) { return token.name < key; });
  return found == o.tokens.end() || found->name != name ? nullptr : &*found;
}

void append(std::vector<std::string>& lines, std::vector<std::string> more) {
  std::move(more.begin(), more.end(), std::back_inserter(lines));
}

class Planner {
 public:
  Planner(const Observed& observed, const PlanSettings& settings) : o_(observed), settings_(settings) {}

  Result<Plan> make();

 private:
  Result<> check_references() const;
  void scope_maps();
  void tokens();
  void leftover_tokens();
  void leftover_maps();
  void change_map(const registry::ScopeMapState& there, const config::ScopeMap& wanted);
  void change_token(const registry::TokenState& there, const config::Token& wanted);
  std::vector<std::string> actions_after(const std::string& scope_map) const;
  bool lacks_password(const registry::TokenState& token) const;
  void note_strangers(const registry::TokenState& token);

  const Observed& o_;
  const PlanSettings& settings_;
  Plan plan_;
};

Result<> Planner::check_references() const {
  for (const auto& [name, token] : o_.written->tokens) {
    const bool exists = find_token(o_, name) != nullptr;
    if (token.scope_map.empty()) {
      if (exists) continue;
      return fail(ErrorCode::invalid_input, place(token.origin) + "token '" + name +
                                                "' is to be made, and nothing says what it may do: give it a "
                                                "'scope_map'");
    }
    if (o_.written->scope_maps.contains(token.scope_map) || o_.scope_map(token.scope_map) != nullptr)
      continue;
    config::Names known;
    for (const auto& [map, settings] : o_.written->scope_maps) known.push_back(map);
    for (const registry::ScopeMapState& map : o_.scope_maps) known.push_back(map.name);
    return fail(ErrorCode::invalid_input, place(token.origin) + "token '" + name + "': scope map '" +
                                              token.scope_map + "' is neither here nor in the registry" +
                                              config::suggestion(token.scope_map, known));
  }
  return {};
}

// What a scope map grants once the plan is carried out.
std::vector<std::string> Planner::actions_after(const std::string& scope_map) const {
  const auto wanted = o_.written->scope_maps.find(scope_map);
  if (wanted != o_.written->scope_maps.end()) return actions_of(wanted->second.repositories);
  const registry::ScopeMapState* there = o_.scope_map(scope_map);
  return there == nullptr ? std::vector<std::string>() : there->actions;
}

void Planner::change_map(const registry::ScopeMapState& there, const config::ScopeMap& wanted) {
  Step step{Act::change, Kind::scope_map, there.name, {}};
  auto actions = actions_of(wanted.repositories);
  if (!are_same(actions, there.actions)) {
    for (const registry::TokenState* user : o_.tokens_of(there.name))
      append(step.meaning, meaning_of_change(user->name, there.actions, actions));
    if (step.meaning.empty()) step.meaning = meaning_of_change("whoever gets it", there.actions, actions);
    if (step.meaning.empty()) step.meaning = {"the same in other words"};
    step.scope_map.actions = std::move(actions);
  }
  if (!wanted.description.empty() && wanted.description != there.description) {
    step.meaning.push_back("its description becomes '" + wanted.description + "'");
    step.scope_map.description = wanted.description;
  }
  if (step.meaning.empty())
    ++plan_.kept;
  else
    plan_.steps.push_back(std::move(step));
}

void Planner::scope_maps() {
  for (const auto& [name, wanted] : o_.written->scope_maps) {
    if (const registry::ScopeMapState* there = o_.scope_map(name)) {
      if (there->system_defined)
        plan_.notes.push_back("scope map '" + name + "' is the registry's own and stays as it is");
      else
        change_map(*there, wanted);
      continue;
    }
    Step step{Act::create, Kind::scope_map, name, {}};
    step.scope_map = {wanted.description, actions_of(wanted.repositories)};
    step.meaning = {"grants " + grants_text(wanted.repositories)};
    plan_.steps.push_back(std::move(step));
  }
}

// Nobody has a password of it, and the store waits for one or knows nothing of it.
bool Planner::lacks_password(const registry::TokenState& token) const {
  if (settings_.without_password.contains(token.name)) return true;
  return !o_.records.contains(token.name) &&
         std::none_of(token.slots.begin(), token.slots.end(),
                      [this](const registry::SlotState& slot) { return is_live(slot, o_.now); });
}

void Planner::note_strangers(const registry::TokenState& token) {
  if (o_.records.contains(token.name) || lacks_password(token)) return;
  plan_.notes.push_back("token '" + token.name +
                        "' has passwords that somebody keeps and no record: 'scopedctl import " +
                        o_.written->host + " " + token.name + "' brings it in");
}

void Planner::change_token(const registry::TokenState& there, const config::Token& wanted) {
  Step step{Act::change, Kind::token, there.name, {}};
  step.wanted_map = there.scope_map;
  if (!wanted.scope_map.empty() && wanted.scope_map != there.scope_map) {
    step.wanted_map = wanted.scope_map;
    step.meaning = {"scope map '" + wanted.scope_map + "' instead of '" + there.scope_map + "'"};
    const registry::ScopeMapState* before = o_.scope_map(there.scope_map);
    append(step.meaning,
           meaning_of_change(there.name, before == nullptr ? std::vector<std::string>() : before->actions,
                             actions_after(wanted.scope_map)));
  }
  step.first_password = there.enabled && lacks_password(there);
  if (step.first_password) step.meaning.push_back("its first password goes into the store");
  note_strangers(there);
  if (step.meaning.empty())
    ++plan_.kept;
  else
    plan_.steps.push_back(std::move(step));
}

void Planner::tokens() {
  for (const auto& [name, wanted] : o_.written->tokens) {
    if (const registry::TokenState* there = find_token(o_, name)) {
      change_token(*there, wanted);
      continue;
    }
    Step step{Act::create, Kind::token, name, {}};
    step.wanted_map = wanted.scope_map;
    step.first_password = true;
    step.meaning = {"scope map '" + wanted.scope_map + "', and its first password goes into the store"};
    plan_.steps.push_back(std::move(step));
  }
}

void Planner::leftover_tokens() {
  for (const registry::TokenState& token : o_.tokens) {
    if (o_.written->tokens.contains(token.name)) continue;
    if (!settings_.prune) {
      plan_.notes.push_back("token '" + token.name + "' is in no file and stays ('--prune' deletes it)");
      continue;
    }
    Step step{Act::remove, Kind::token, token.name, {}};
    for (const registry::SlotState& slot : token.slots)
      if (is_live(slot, o_.now))
        step.meaning.push_back("whoever uses " + slot.name + ", made " + format_for_people(slot.created_at) +
                               ", is refused from then on");
    plan_.steps.push_back(std::move(step));
  }
}

void Planner::leftover_maps() {
  for (const registry::ScopeMapState& map : o_.scope_maps) {
    if (map.system_defined || o_.written->scope_maps.contains(map.name)) continue;
    const bool is_named =
        std::any_of(o_.written->tokens.begin(), o_.written->tokens.end(),
                    [&map](const auto& entry) { return entry.second.scope_map == map.name; });
    const auto users = o_.tokens_of(map.name);
    const bool is_used = std::any_of(users.begin(), users.end(), [this](const registry::TokenState* user) {
      const auto wanted = o_.written->tokens.find(user->name);
      return wanted != o_.written->tokens.end() ? wanted->second.scope_map.empty() : !settings_.prune;
    });
    if (is_named || is_used) continue;
    if (settings_.prune)
      plan_.steps.push_back({Act::remove, Kind::scope_map, map.name, {"no token uses it then"}});
    else
      plan_.notes.push_back("scope map '" + map.name + "' is in no file and stays ('--prune' deletes it)");
  }
}

Result<Plan> Planner::make() {
  TRY(check_references());
  scope_maps();
  tokens();
  leftover_tokens();
  leftover_maps();
  return std::move(plan_);
}

std::string_view sign_of(Act act) {
  switch (act) {
    case Act::create:
      return "+";
    case Act::change:
      return "~";
    case Act::remove:
      return "-";
  }
  return "";
}

std::string_view word_of(Act act) {
  switch (act) {
    case Act::create:
      return "create";
    case Act::change:
      return "change";
    case Act::remove:
      return "delete";
  }
  return "";
}

std::string_view end_of(Act act) {
  switch (act) {
    case Act::create:
      return " is created";
    case Act::change:
      return " changes";
    case Act::remove:
      return " is deleted";
  }
  return "";
}

int64_t count_of(const Plan& plan, Act act) {
  return std::count_if(plan.steps.begin(), plan.steps.end(),
                       [act](const Step& step) { return step.act == act; });
}

}  // namespace

Result<Plan> make_plan(const Observed& observed, const PlanSettings& settings) {
  return Planner(observed, settings).make();
}

std::string text_of(const Plan& plan) {
  std::string text;
  for (const Step& step : plan.steps) {
    text.append(sign_of(step.act)).append(step.kind == Kind::token ? " token '" : " scope map '");
    text.append(step.name).append("'").append(end_of(step.act)).append("\n");
    for (const std::string& line : step.meaning) text += "    " + line + "\n";
  }
  return text;
}

std::string summary_of(const Plan& plan) {
  return std::to_string(count_of(plan, Act::create)) + " to create, " +
         std::to_string(count_of(plan, Act::change)) + " to change, " +
         std::to_string(count_of(plan, Act::remove)) + " to delete, " + std::to_string(plan.kept) +
         (plan.kept == 1 ? " stays as it is" : " stay as they are");
}

json::Value json_of(const Plan& plan) {
  json::Array steps;
  for (const Step& step : plan.steps) {
    json::Object object;
    object.set("act", word_of(step.act));
    object.set("kind", step.kind == Kind::token ? "token" : "scope_map");
    object.set("name", step.name);
    object.set("meaning", json::Array(step.meaning.begin(), step.meaning.end()));
    steps.push_back(std::move(object));
  }
  json::Object document;
  document.set("steps", std::move(steps));
  document.set("create", count_of(plan, Act::create));
  document.set("change", count_of(plan, Act::change));
  document.set("delete", count_of(plan, Act::remove));
  document.set("keep", static_cast<int64_t>(plan.kept));
  document.set("notes", json::Array(plan.notes.begin(), plan.notes.end()));
  return document;
}

}  // namespace scoped::policy
