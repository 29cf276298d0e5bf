#include "agent/policy/suggest.h"

#include "common/record/names.h"

#include <algorithm>
#include <array>
#include <set>

namespace scoped::policy {
namespace {

struct Operation {
  std::string_view name;
  std::vector<std::string> actions;
};

const std::array<Operation, 4>& operations() {
  static const std::array<Operation, 4> kOperations = {
      Operation{"Pull", {"content/read"}},
      Operation{"Push", {"content/read", "content/write"}},
      Operation{"Untag", {"content/delete"}},
      Operation{"Delete", {"content/delete"}},
  };
  return kOperations;
}

bool is_metadata(const std::string& action) { return action.starts_with("metadata/"); }

bool is_same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [lower](char x, char y) { return lower(x) == lower(y); });
}

struct Used {
  int64_t count = 0;
  Instant last{};
};
// repository -> action -> how it was used
using Usages = std::map<std::string, std::map<std::string, Used>>;

void add(Usages& usages, const Use& use) {
  for (const std::string& action : actions_of_operation(use.operation)) {
    Used& used = usages[use.repository][action];
    used.count += use.count;
    used.last = std::max(used.last, use.last);
  }
}

std::string why_of(const Used& used) {
  return "used " + std::to_string(used.count) + (used.count == 1 ? " time" : " times") + ", last " +
         format_for_people(used.last);
}

// The narrowest map inside `granted` that allows what was used; metadata of a used repository is kept.
class Narrower {
 public:
  Narrower(const Grants& granted, const Usages& usages) : granted_(granted), usages_(usages) {}

  void into(Suggestion& suggestion) {
    for (const auto& [pattern, actions] : granted_)
      for (const std::string& action : actions) decide(pattern, action);
    std::sort(evidence_.begin(), evidence_.end(), [](const Evidence& a, const Evidence& b) {
      return std::tie(a.repository, a.action) < std::tie(b.repository, b.action);
    });
    for (const Evidence& each : evidence_)
      if (!each.cut) grants_[each.repository].push_back(each.action);
    suggestion.evidence = std::move(evidence_);
    suggestion.grants = std::move(grants_);
    suggestion.changes = !are_same(actions_of(suggestion.grants), actions_of(granted_));
  }

 private:
  void keep(const std::string& repository, const std::string& action, std::string why) {
    if (kept_.insert({repository, action}).second)
      evidence_.push_back({repository, action, std::move(why), false});
  }

  // A wildcard becomes the repositories under it that were used.
  void decide(const std::string& pattern, const std::string& action) {
    bool any = false;
    for (const auto& [repository, used] : usages_) {
      if (pattern != repository && !record::covers(pattern, repository)) continue;
      const auto found = used.find(action);
      if (found != used.end())
        keep(repository, action, why_of(found->second));
      else if (is_metadata(action))
        keep(repository, action, "kept: the log does not show it");
      else
        continue;
      any = true;
    }
    const bool is_exact = any && usages_.contains(pattern);
    if (!is_exact)
      evidence_.push_back(
          {pattern, action, any ? "only the repositories above were used" : "not used", true});
  }

  const Grants& granted_;
  const Usages& usages_;
  Grants grants_;
  std::vector<Evidence> evidence_;
  std::set<std::pair<std::string, std::string>> kept_;
};

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// The repositories and actions alone.
std::set<std::string> kinds_of(const Usages& usages) {
  std::set<std::string> kinds;
  for (const auto& [repository, used] : usages)
    for (const auto& [action, how] : used) kinds.insert(repository + "/" + action);
  return kinds;
}

Suggestion for_admin(const std::string& address, const Usages& usages) {
  Suggestion suggestion;
  suggestion.who = "the admin account from " + address;
  for (const auto& [repository, used] : usages)
    for (const auto& [action, how] : used) {
      suggestion.evidence.push_back({repository, action, why_of(how), false});
      suggestion.grants[repository].push_back(action);
    }
  suggestion.changes = true;
  suggestion.note = "make a token with these grants for it, and turn the admin user off when all have one";
  return suggestion;
}

class Suggester {
 public:
  Suggester(const Observed& observed, const std::vector<Use>& uses) : o_(observed) {
    for (const Use& use : uses) {
      if (is_same_name(use.identity, o_.registry.name) && !o_.registry.name.empty())
        add(by_address_[use.address.empty() ? "an unknown address" : use.address], use);
      else
        add(by_token_[use.identity], use);
    }
  }

  Suggestions make() {
    for (const registry::ScopeMapState& map : o_.scope_maps) for_map(map);
    for (const auto& [address, usages] : by_address_) suggestions_.all.push_back(for_admin(address, usages));
    for (const registry::TokenState& token : o_.tokens)
      if (!by_token_.contains(token.name)) suggestions_.idle.push_back(token.name);
    return std::move(suggestions_);
  }

 private:
  // Of a scope map whose tokens were not seen nothing is known; one of the registry's own cannot be changed.
  void for_map(const registry::ScopeMapState& map) {
    Usages together;
    std::vector<std::string> users;
    std::set<std::set<std::string>> kinds;
    for (const registry::TokenState* token : o_.tokens_of(map.name)) {
      const auto used = by_token_.find(token->name);
      if (used == by_token_.end()) continue;
      users.push_back(token->name);
      kinds.insert(kinds_of(used->second));
      for (const auto& [repository, actions] : used->second)
        for (const auto& [action, how] : actions) {
          Used& sum = together[repository][action];
          sum.count += how.count;
          sum.last = std::max(sum.last, how.last);
        }
    }
    if (users.empty()) return;
    Suggestion suggestion;
    suggestion.scope_map = map.name;
    suggestion.who = joined(users);
    const Grants granted = grants_of(map.actions);
    Narrower(granted, together).into(suggestion);
    if (kinds.size() > 1)
      suggestion.note = "its tokens do different things: one scope map for each would be narrower";
    if (map.system_defined)
      suggestion.note = "it is the registry's own: give its tokens one with these grants";
    suggestions_.all.push_back(std::move(suggestion));
  }

  const Observed& o_;
  std::map<std::string, Usages> by_token_, by_address_;
  Suggestions suggestions_;
};

json::Value repositories_of(const Grants& grants) {
  json::Object repositories;
  for (const auto& [repository, actions] : grants)
    repositories.set(repository, json::Array(actions.begin(), actions.end()));
  return repositories;
}

}  // namespace

void Uses::add(const Use& use) {
  Seen& seen = seen_[{use.identity, use.repository, use.operation, use.address}];
  seen.count += use.count;
  seen.last = std::max(seen.last, use.last);
}

std::vector<Use> Uses::all() const {
  std::vector<Use> uses;
  for (const auto& [key, seen] : seen_)
    uses.push_back(
        {std::get<0>(key), std::get<1>(key), std::get<2>(key), std::get<3>(key), seen.count, seen.last});
  return uses;
}

std::vector<std::string> actions_of_operation(const std::string& operation) {
  for (const Operation& each : operations())
    if (each.name == operation) return each.actions;
  return {};
}

Suggestions suggest(const Observed& observed, const std::vector<Use>& uses) {
  return Suggester(observed, uses).make();
}

std::string text_of(const Suggestion& suggestion) {
  std::string text = suggestion.scope_map.empty()
                         ? suggestion.who
                         : "scope map '" + suggestion.scope_map + "', used by " + suggestion.who;
  text += suggestion.changes ? "\n" : " is as narrow as its use\n";
  size_t width = 0;
  for (const Evidence& each : suggestion.evidence) width = std::max(width, each.repository.size());
  for (const Evidence& each : suggestion.evidence)
    text += (each.cut ? "  - " : "    ") + each.repository +
            std::string(width - each.repository.size() + 2, ' ') + each.action +
            std::string(each.action.size() < 16 ? 16 - each.action.size() : 1, ' ') + each.why + "\n";
  if (!suggestion.note.empty()) text += "  (" + suggestion.note + ")\n";
  return text;
}

json::Value json_of(const Suggestions& suggestions) {
  json::Array all;
  for (const Suggestion& suggestion : suggestions.all) {
    json::Array evidence;
    for (const Evidence& each : suggestion.evidence) {
      json::Object object;
      object.set("repository", each.repository);
      object.set("action", each.action);
      object.set("cut", each.cut);
      object.set("why", each.why);
      evidence.push_back(std::move(object));
    }
    json::Object object;
    object.set("scope_map", suggestion.scope_map);
    object.set("who", suggestion.who);
    object.set("changes", suggestion.changes);
    object.set("repositories", repositories_of(suggestion.grants));
    object.set("evidence", std::move(evidence));
    object.set("note", suggestion.note);
    all.push_back(std::move(object));
  }
  json::Object document;
  document.set("suggestions", std::move(all));
  document.set("idle", json::Array(suggestions.idle.begin(), suggestions.idle.end()));
  return document;
}

json::Value configuration_of(const std::string& host, const Observed& observed,
                             const Suggestions& suggestions) {
  json::Object scope_maps, registry, registries, document;
  for (const Suggestion& suggestion : suggestions.all) {
    if (suggestion.scope_map.empty() || !suggestion.changes) continue;
    if (observed.scope_map(suggestion.scope_map)->system_defined) continue;
    json::Object map;
    map.set("repositories", repositories_of(suggestion.grants));
    scope_maps.set(suggestion.scope_map, std::move(map));
  }
  registry.set("scope_maps", std::move(scope_maps));
  registries.set(host, std::move(registry));
  document.set("registries", std::move(registries));
  return document;
}

}  // namespace scoped::policy
