#include "agent/policy/lint.h"

#include <algorithm>
#include <array>

namespace scoped::policy {
namespace {

constexpr std::array kRules = {
    Rule{"admin-user", Level::error, "The admin user is on: one password for everything.",
         &find_registry_wide},
    Rule{"anonymous-pull", Level::error, "Whoever reaches the registry may pull.", &find_anonymous_pull},
    Rule{"never-expires", Level::error, "A password never expires.", &find_never_expiring},
    Rule{"forgotten-password", Level::warning, "A live password that nobody seems to keep.", &find_forgotten},
    Rule{"long-lived", Level::warning, "A password lives longer than the configuration says.",
         &find_long_lived},
    Rule{"outsider-ends", Level::warning, "A password that was handed to an outsider ends soon.",
         &find_ending_outsiders},
    Rule{"shared-scope-map", Level::warning, "Several tokens may write by one scope map.", &find_shared_maps},
    Rule{"wildcard", Level::warning, "A scope map in use covers repositories that do not exist yet.",
         &find_wildcards},
    Rule{"write-without-read", Level::warning, "A push needs content/read too.", &find_write_without_read},
    Rule{"missing-repository", Level::note, "A scope map names a repository that does not exist.",
         &find_missing_repositories},
    Rule{"unused-scope-map", Level::note, "No token uses a scope map.", &find_unused_maps},
    Rule{"unused-token", Level::warning, "A token has not logged in for long.", &find_unused_tokens},
    Rule{"unwritten-token", Level::warning, "A token that no configuration file names.",
         &find_unwritten_tokens},
};

}  // namespace

std::string_view name_of(Level level) {
  switch (level) {
    case Level::note:
      return "note";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "";
}

Level parse_level(std::string_view name) {
  if (name == "note") return Level::note;
  return name == "error" ? Level::error : Level::warning;
}

std::span<const Rule> rules() { return kRules; }

Findings lint(const Observed& observed, const LintSettings& settings) {
  Findings all;
  for (const Rule& rule : kRules) {
    Findings found;
    rule.find(observed, settings, found);
    for (Finding& each : found) each.rule = rule.id;
    std::stable_sort(found.begin(), found.end(),
                     [](const Finding& a, const Finding& b) { return a.object < b.object; });
    std::move(found.begin(), found.end(), std::back_inserter(all));
  }
  return all;
}

std::string token_object(const std::string& name) { return "tokens/" + name; }
std::string scope_map_object(const std::string& name) { return "scope-maps/" + name; }

config::Origin origin_of_token(const Observed& observed, const std::string& name) {
  const auto found = observed.written->tokens.find(name);
  return found == observed.written->tokens.end() ? config::Origin() : found->second.origin;
}

config::Origin origin_of_scope_map(const Observed& observed, const std::string& name) {
  const auto found = observed.written->scope_maps.find(name);
  return found == observed.written->scope_maps.end() ? config::Origin() : found->second.origin;
}

}  // namespace scoped::policy
