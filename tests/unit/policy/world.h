// A registry with two tokens as policies see it: ci-main may push to myapp/api by cicd-scope, node-blue may
// pull it by app-pull; both are in the configuration, their records are in the store, nothing is unwise.
#pragma once

#include "agent/policy/grants.h"
#include "agent/policy/observed.h"
#include "tests/unit/policy/scene.h"

namespace scoped::test {

struct PolicyWorld {
  config::Registry written;
  policy::Observed observed;

  PolicyWorld() {
    written.host = "myregistry.azurecr.io";
    written.origin = {"/etc/scoped/config.json", 2, true};
    written.rotation.lifetime = std::chrono::hours(24 * 90);
    observed.written = &written;
    observed.now = kNow;
    observed.registry.name = "myRegistry";
    observed.repositories = std::set<std::string>{"myapp/api"};
    add_map("app-pull", {{"myapp/api", {"content/read"}}});
    add_map("cicd-scope", {{"myapp/api", {"content/read", "content/write"}}});
    add_token("ci-main", "cicd-scope");
    add_token("node-blue", "app-pull");
  }
  PolicyWorld(const PolicyWorld&) = delete;
  PolicyWorld& operator=(const PolicyWorld&) = delete;

  void add_map(const std::string& name, const policy::Grants& grants) {
    observed.scope_maps.push_back({name, "", false, policy::actions_of(grants)});
    written.scope_maps[name].repositories = grants;
    written.scope_maps[name].origin = {"/etc/scoped/config.json", 10, true};
  }
  // In registry, configuration and store, with one password.
  registry::TokenState& add_token(const std::string& name, const std::string& scope_map) {
    registry::TokenState token;
    token.name = name;
    token.scope_map = scope_map;
    token.slots = {{"password1", kNow - std::chrono::hours(24), kNow + std::chrono::hours(24 * 80)}};
    observed.tokens.push_back(token);
    written.tokens[name].scope_map = scope_map;
    written.tokens[name].origin = {"/etc/scoped/config.json", 20, true};
    written.tokens[name].rotation = written.rotation;
    observed.records[name].known = {token.slots[0].created_at};
    return observed.tokens.back();
  }
  registry::TokenState& token(const std::string& name) {
    for (registry::TokenState& each : observed.tokens)
      if (each.name == name) return each;
    throw std::out_of_range(name);
  }
  registry::ScopeMapState& map(const std::string& name) {
    for (registry::ScopeMapState& each : observed.scope_maps)
      if (each.name == name) return each;
    throw std::out_of_range(name);
  }
};

}  // namespace scoped::test
