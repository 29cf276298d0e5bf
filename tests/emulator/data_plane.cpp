#include "tests/emulator/data_plane.h"

#include "common/json/value.h"
#include "tests/emulator/login.h"

#include <fmt/format.h>

#include <algorithm>

namespace scoped::emulator {
namespace {

bool covers(const AccessGrant& grant, const Scope& needed) {
  return std::any_of(grant.access.begin(), grant.access.end(), [&](const Scope& scope) {
    return scope.type == needed.type && scope.name == needed.name &&
           std::find(scope.actions.begin(), scope.actions.end(), needed.actions.front()) !=
               scope.actions.end();
  });
}

Answer denied(const std::string& host, const Scope& needed, std::string_view error) {
  const std::string& action = needed.actions.front();
  json::Object detail;
  detail.set("Type", needed.type);
  detail.set("Name", needed.name);
  detail.set("Action", action);
  json::Object entry;
  entry.set("code", "UNAUTHORIZED");
  entry.set("message",
            "authentication required, visit https://aka.ms/acr/authorization for more information.");
  entry.set("detail", json::Array{std::move(detail)});
  json::Object body;
  body.set("errors", json::Array{std::move(entry)});
  Answer answer;
  answer.status = 401;
  answer.body = json::dump(std::move(body));
  answer.headers = {
      {"WWW-Authenticate", challenge(host, fmt::format("{}:{}:{}", needed.type, needed.name, action), error)},
      {"Docker-Distribution-Api-Version", "registry/2.0"}};
  return answer;
}

}  // namespace

Admission admit_to(const Turn& turn, const Scope& needed) {
  const std::string& host = turn.host();
  const auto bearer = bearer_of(turn.request);
  if (!bearer) return {std::nullopt, denied(host, needed, "")};
  auto grant = read_access_token(turn.site.parts.signer, *bearer, host, turn.now);
  if (!grant || turn.effects.bearer_expired) return {std::nullopt, denied(host, needed, "invalid_token")};
  if (is_revoked(turn, grant->user)) return {std::nullopt, denied(host, needed, "invalid_token")};
  if (!covers(*grant, needed)) return {std::nullopt, denied(host, needed, "insufficient_scope")};
  return {std::move(grant), {}};
}

bool is_revoked(const Turn& turn, const std::string& user) {
  const Model& model = turn.site.model;
  const Facts& facts = model.facts();
  if (!turn.site.parts.revoke_at_once || same_name(user, facts.client_id)) return false;
  if (same_name(user, facts.registry) && model.contents().admin.enabled) return false;
  return model.enabled_token(user) == nullptr;
}

}  // namespace scoped::emulator
