// The small world of scopedctl's pure tests: one token with two slots, and configurations from JSON texts.
#pragma once

#include "agent/loop/parts.h"
#include "agent/registry/control_plane.h"
#include "common/config/load.h"
#include "common/record/record.h"
#include "tests/support/catch.h"

#include <string>
#include <vector>

namespace scoped::test {

inline const record::RecordName kToken{"myregistry.azurecr.io", "ci-main"};
inline Instant at(const char* text) { return parse_rfc3339(text).value(); }
inline const Instant kNow = at("2026-03-01T12:00:00Z");

inline registry::SlotState slot(const std::string& name,
                                std::optional<Instant> expires_at = kNow + Seconds(3600)) {
  return {name, kNow - Seconds(60), expires_at};
}

inline record::Record not_ready(const std::string& reserved = record::kPassword2) {
  record::Record record;
  record.registry = kToken.registry;
  record.token = kToken.token;
  record.reserved_slot = reserved;
  return record;
}

inline record::Record ready(const std::string& slot = record::kPassword1) {
  record::Record record = not_ready();
  record.reserved_slot.clear();
  record.generation = 3;
  record.current =
      record::Password{kToken.token, slot, Secret("hidden"), kNow - Seconds(60), kNow + Seconds(90), {}};
  return record;
}

// The registries of the given hosts, each with its tokens: {"a.azurecr.io": ["t1"]} without control planes.
inline config::Config config_of(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& registries) {
  config::Config config;
  for (const auto& [host, tokens] : registries) {
    config::Registry& registry = config.registries[host];
    registry.host = host;
    registry.origin = {"/etc/scoped/config.json", 3, true};
    for (const std::string& token : tokens) registry.tokens[token];
  }
  return config;
}

template <typename T>
std::string error_line(const Result<T>& result) {
  REQUIRE_FALSE(result);
  return result.error().line();
}

}  // namespace scoped::test
