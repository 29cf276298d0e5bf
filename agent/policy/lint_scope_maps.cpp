// Findings about what scope maps grant.
#include "agent/policy/grants.h"
#include "agent/policy/lint.h"
#include "common/record/names.h"

#include <algorithm>

namespace scoped::policy {
namespace {

constexpr std::string_view kRead = "content/read", kWrite = "content/write", kDelete = "content/delete";

bool has(const std::vector<std::string>& actions, std::string_view action) {
  return std::find(actions.begin(), actions.end(), action) != actions.end();
}

bool may_change(const Grants& grants) {
  return std::any_of(grants.begin(), grants.end(), [](const auto& entry) {
    return has(entry.second, kWrite) || has(entry.second, kDelete);
  });
}

std::string names(const std::vector<const registry::TokenState*>& tokens) {
  std::string text;
  for (size_t i = 0; i < tokens.size() && i < 5; ++i) text += (i == 0 ? "'" : ", '") + tokens[i]->name + "'";
  return tokens.size() > 5 ? text + " and " + std::to_string(tokens.size() - 5) + " more" : text;
}

Finding about(const Observed& o, const registry::ScopeMapState& map, Level level, std::string message,
              std::string remedy) {
  return {"",
          level,
          scope_map_object(map.name),
          std::move(message),
          std::move(remedy),
          origin_of_scope_map(o, map.name)};
}

bool reads_too(const Grants& grants, const std::string& repository) {
  return std::any_of(grants.begin(), grants.end(), [&repository](const auto& entry) {
    return has(entry.second, kRead) && (entry.first == repository || record::covers(entry.first, repository));
  });
}

}  // namespace

void find_shared_maps(const Observed& o, const LintSettings&, Findings& findings) {
  for (const registry::ScopeMapState& map : o.scope_maps) {
    const auto users = o.tokens_of(map.name);
    if (users.size() < 2 || !may_change(grants_of(map.actions))) continue;
    findings.push_back(
        about(o, map, Level::warning,
              names(users) + " may all write by it: a change for one of them is one for all",
              "one scope map for each role: 'scopedctl suggest' shows what each of them does"));
  }
}

void find_wildcards(const Observed& o, const LintSettings&, Findings& findings) {
  for (const registry::ScopeMapState& map : o.scope_maps) {
    const auto users = o.tokens_of(map.name);
    if (users.empty()) continue;
    for (const auto& [pattern, actions] : grants_of(map.actions)) {
      if (pattern != "*" && !pattern.ends_with("/*")) continue;
      const bool writes = has(actions, kWrite) || has(actions, kDelete);
      const Level level = pattern == "*" && writes ? Level::error : Level::warning;
      findings.push_back(about(o, map, level,
                               "'" + pattern + "' reaches also what will be made there, and " + names(users) +
                                   (users.size() == 1 ? " has it" : " have it"),
                               "name the repositories: 'scopedctl suggest' lists those that are used"));
    }
  }
}

void find_write_without_read(const Observed& o, const LintSettings&, Findings& findings) {
  for (const registry::ScopeMapState& map : o.scope_maps) {
    const Grants grants = grants_of(map.actions);
    for (const auto& [repository, actions] : grants)
      if (has(actions, kWrite) && !reads_too(grants, repository))
        findings.push_back(about(o, map, Level::warning,
                                 "content/write without content/read in '" + repository + "': a push fails",
                                 "'scopedctl scope-map update --registry " + o.written->host + " --name " +
                                     map.name + " --add-repository " + repository + " content/read'"));
  }
}

void find_missing_repositories(const Observed& o, const LintSettings&, Findings& findings) {
  if (!o.repositories) return;
  for (const registry::ScopeMapState& map : o.scope_maps) {
    if (map.system_defined) continue;
    for (const auto& [repository, actions] : grants_of(map.actions)) {
      if (repository.ends_with('*') || actions.empty() || o.repositories->contains(repository)) continue;
      findings.push_back(about(o, map, Level::note, "there is no repository '" + repository + "' (yet)",
                               "push to it, or 'scopedctl scope-map update --registry " + o.written->host +
                                   " --name " + map.name + " --remove-repository " + repository + "'"));
    }
  }
}

void find_unused_maps(const Observed& o, const LintSettings&, Findings& findings) {
  for (const registry::ScopeMapState& map : o.scope_maps) {
    if (map.system_defined || !o.tokens_of(map.name).empty()) continue;
    findings.push_back(
        about(o, map, Level::note, "no token uses it",
              "'scopedctl scope-map delete --registry " + o.written->host + " --name " + map.name + "'"));
  }
}

}  // namespace scoped::policy
