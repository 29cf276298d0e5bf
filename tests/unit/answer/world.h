// A small configuration and records for the tests of answer and of those who use it.
#pragma once

#include "common/answer/copies.h"
#include "common/answer/selection.h"
#include "common/config/config.h"
#include "common/store/record_store.h"

#include <initializer_list>
#include <string>
#include <vector>

namespace scoped::test {

inline constexpr const char* kHost = "reg.azurecr.io";

inline Instant at(const char* text) { return parse_rfc3339(text).value(); }

inline config::Token make_token(std::vector<std::string> repositories = {}) {
  config::Token token;
  token.repositories = std::move(repositories);
  token.rotation.hold = std::chrono::hours(8);
  return token;
}

// kHost with tokens that have no patterns, the first one being the default.
inline config::Config make_config(std::initializer_list<const char*> tokens) {
  config::Config configuration;
  config::Registry& registry = configuration.registries[kHost];
  registry.host = kHost;
  for (const char* name : tokens) {
    if (registry.default_token.empty()) registry.default_token = name;
    registry.tokens[name] = make_token();
  }
  configuration.copies = {std::chrono::seconds(60), std::chrono::minutes(5), std::chrono::milliseconds(500)};
  return configuration;
}

inline config::Registry& registry_of(config::Config& configuration) {
  return configuration.registries.at(kHost);
}

inline answer::Caller trusted_caller() { return {1000, {1000}, true}; }
inline answer::Caller plain_caller(uid_t uid = 1001, std::vector<gid_t> gids = {100}) {
  return {uid, std::move(gids), false};
}

inline record::RecordName name_of(const std::string& token) { return {kHost, token}; }

// A record that is good until 2026-04-01 and may be offline for seven days.
inline record::Record make_record(const std::string& token, const std::string& password = "pass-1") {
  record::Record record;
  record.registry = kHost;
  record.token = token;
  record.generation = 1;
  record.current = record::Password{token,
                                    record::kPassword1,
                                    Secret(password),
                                    at("2026-01-01T00:00:00Z"),
                                    at("2026-04-01T00:00:00Z"),
                                    std::chrono::days(7)};
  return record;
}

inline record::Record make_not_ready(const std::string& token) {
  record::Record record = make_record(token);
  record.current.reset();
  record.reserved_slot = record::kPassword2;
  record.generation = 0;
  return record;
}

inline store::LoadResult found(record::Record record) {
  return store::LoadResult::of({std::move(record), "revision"});
}
inline store::LoadResult failed(store::LoadState state, const char* why = "why") {
  return store::LoadResult::failed(state, Error(ErrorCode::unavailable, why));
}

}  // namespace scoped::test
