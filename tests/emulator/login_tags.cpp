// A list of tags needs metadata_read here, while Distribution wants pull: the front door asks us first, and
// goes on with a bearer that Distribution accepts.
#include "common/json/value.h"
#include "tests/emulator/access_tokens.h"
#include "tests/emulator/login.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace scoped::emulator {
namespace {

constexpr std::string_view kAction = "metadata_read";

bool may_read_metadata(const AccessGrant& grant, std::string_view repository) {
  return std::any_of(grant.access.begin(), grant.access.end(), [repository](const Scope& scope) {
    return scope.type == "repository" && scope.name == repository &&
           std::find(scope.actions.begin(), scope.actions.end(), kAction) != scope.actions.end();
  });
}

Answer denied(const std::string& host, const std::string& repository, std::string_view error) {
  json::Object detail;
  detail.set("Type", "repository");
  detail.set("Name", repository);
  detail.set("Action", kAction);
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
      {"WWW-Authenticate", challenge(host, fmt::format("repository:{}:{}", repository, kAction), error)},
      {"Docker-Distribution-Api-Version", "registry/2.0"}};
  return answer;
}

Outcome<Answer> list_tags(Turn& turn) {
  const Parts& parts = turn.site.parts;
  const std::string& host = parts.addresses.login_server;
  const std::string& repository = turn.captures[0];
  if (!is_repository(repository)) return refuse(404, "NAME_INVALID", "invalid repository name");
  const auto bearer = bearer_of(turn.request);
  if (!bearer) return denied(host, repository, "");
  const auto given = read_access_token(parts.signer, *bearer, host, turn.now);
  if (!given) return denied(host, repository, "invalid_token");
  if (!may_read_metadata(*given, repository)) return denied(host, repository, "insufficient_scope");
  const AccessGrant inner{given->user, host, {{"repository", repository, {"pull"}}}};
  auto token = make_access_token(parts.signer, inner, turn.now, make_guid(parts.random));
  if (!token) return refuse(500, "UNKNOWN", token.error().line());
  Answer answer;
  answer.headers = {{std::string(kGoOn), fmt::format("{}{}", kInnerPrefix, turn.request.target)},
                    {std::string(kInnerBearer), std::move(*token)}};
  return answer;
}

constexpr std::array<Route, 1> kRoutes = {Route{"GET", "/v2/{...}/tags/list", list_tags}};

}  // namespace

const RouteTable kLoginTags = {&kLogin, kRoutes};

}  // namespace scoped::emulator
