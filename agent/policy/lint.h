// What is unwise about a registry's tokens, each with its remedy. A rule is one function and one row of the
// table in lint.cpp. Pure.
#pragma once

#include "agent/policy/observed.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::policy {

enum class Level { note, warning, error };
std::string_view name_of(Level level);  // "note", "warning", "error", as SARIF names them
// REQUIRES: one of the three names.
Level parse_level(std::string_view name);

struct Finding {
  std::string_view rule;  // its id
  Level level = Level::warning;
  std::string object;          // "tokens/ci-main", "scope-maps/app-pull", "registry"
  std::string message;         // what is so
  std::string remedy;          // what to do, often a command
  config::Origin origin = {};  // where the configuration names the object; no file: nowhere
};
using Findings = std::vector<Finding>;

// What the rules go by beside what was observed.
struct LintSettings {
  Ticks unused_after = std::chrono::hours(24 * 90);
};

struct Rule {
  std::string_view id;
  Level level;               // of most of its findings
  std::string_view summary;  // one line, for help and SARIF
  void (*find)(const Observed& observed, const LintSettings& settings, Findings& findings);
};
std::span<const Rule> rules();

// In the order of the rules, then of the names.
Findings lint(const Observed& observed, const LintSettings& settings);

// The findings' rules; each file of rules defines its own.
void find_registry_wide(const Observed&, const LintSettings&, Findings&);
void find_anonymous_pull(const Observed&, const LintSettings&, Findings&);
void find_never_expiring(const Observed&, const LintSettings&, Findings&);
void find_forgotten(const Observed&, const LintSettings&, Findings&);
void find_long_lived(const Observed&, const LintSettings&, Findings&);
void find_ending_outsiders(const Observed&, const LintSettings&, Findings&);
void find_shared_maps(const Observed&, const LintSettings&, Findings&);
void find_wildcards(const Observed&, const LintSettings&, Findings&);
void find_write_without_read(const Observed&, const LintSettings&, Findings&);
void find_missing_repositories(const Observed&, const LintSettings&, Findings&);
void find_unused_maps(const Observed&, const LintSettings&, Findings&);
void find_unused_tokens(const Observed&, const LintSettings&, Findings&);
void find_unwritten_tokens(const Observed&, const LintSettings&, Findings&);

// Helpers of the rules.
std::string token_object(const std::string& name);
std::string scope_map_object(const std::string& name);
config::Origin origin_of_token(const Observed& observed, const std::string& name);
config::Origin origin_of_scope_map(const Observed& observed, const std::string& name);

}  // namespace scoped::policy
