// The configuration as plain structs. It is parsed whole before anything starts: either there is a Config, or
// there is the list of every problem. Data only; no thread rule.
#pragma once

#include "common/base/endpoint.h"
#include "common/base/result.h"

#include <stdint.h>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace scoped::config {

using Milliseconds = std::chrono::milliseconds;

// Where a secret is to be read: "file:PATH", "credential:NAME" (systemd), "env:NAME".
struct SecretSource {
  enum class Kind { file, credential, env };
  Kind kind = Kind::file;
  std::string name;
  bool operator==(const SecretSource&) const = default;
};

using SettingValue =
    std::variant<std::string, int64_t, bool, Milliseconds, SecretSource, std::vector<std::string>>;

// Where an object was defined, for messages and for the rule that a user may not redefine the system's.
struct Origin {
  std::string file;
  int line = 0;
  bool system = false;
};

// An object whose `type` chose its settings (a store, an identity, a control plane, a listener). The values
// are checked against the type's rows; absent settings with a default hold the default.
struct Typed {
  std::string name;
  std::string type;
  Origin origin;
  std::map<std::string, SettingValue> values;

  bool has(const std::string& key) const { return values.contains(key); }
  const std::string& text(const std::string& key) const { return std::get<std::string>(values.at(key)); }
  std::string text_or(const std::string& key, std::string fallback) const;
  Milliseconds duration(const std::string& key) const { return std::get<Milliseconds>(values.at(key)); }
  const SecretSource& secret(const std::string& key) const { return std::get<SecretSource>(values.at(key)); }
  const std::vector<std::string>& list(const std::string& key) const {
    return std::get<std::vector<std::string>>(values.at(key));
  }
};

struct Rotation {
  Milliseconds lifetime{};
  int rotate_at_percent = 66;
  Milliseconds offline{};
  Milliseconds hold{};
  Milliseconds settle{};
  int logins = 2;
  Milliseconds jitter{};
  Milliseconds skew{};
  std::string retire;  // "expire": the old password lapses by itself
  Milliseconds fence_min{};
  std::optional<Milliseconds> fence_max;  // absent: the identity's own bound
  Milliseconds fence_margin{};
  Milliseconds repair_budget{};
  Milliseconds observe{};
};

struct Copies {
  Milliseconds revalidate_agent{};
  Milliseconds revalidate_sealed{};
  Milliseconds store_wait{};
  bool seal_local = false;  // sealed copies of records of stores on this machine too
};

struct ScopeMap {
  std::string description;
  std::map<std::string, std::vector<std::string>> repositories;  // pattern -> actions
  Origin origin;
};

struct Token {
  std::string scope_map;                  // empty: none named
  std::vector<std::string> repositories;  // patterns; the token's own, else those of its scope map
  std::set<std::string> allow_users;
  std::set<std::string> allow_groups;
  bool allow_given = false;  // `allow` was written, maybe empty
  Rotation rotation;         // inherited: built-in -> registry -> token
  Origin origin;
};

struct Registry {
  std::string host;
  std::string store = "default";
  std::string default_token;
  std::string ca_file;
  std::vector<std::string> endpoints;  // login endpoints beside `host`
  std::optional<Typed> control;
  Rotation rotation;
  std::map<std::string, ScopeMap> scope_maps;
  std::map<std::string, Token> tokens;
  Origin origin;
};

struct Agent {
  std::set<std::string> duties;  // "broker", "watch", "rotate"
  std::map<std::string, Typed> listeners;
  std::optional<Endpoint> metrics;  // where they are served
};

struct Config {
  std::map<std::string, Registry> registries;
  std::map<std::string, std::map<std::string, std::string>> profiles;  // profile -> registry -> token
  std::map<std::string, Typed> stores;
  std::map<std::string, Typed> identities;
  std::map<std::string, Typed> publishers;
  Agent agent;
  Copies copies;
  std::vector<std::string> files;  // those that were read, in order
};

}  // namespace scoped::config
