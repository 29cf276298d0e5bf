#include "tests/emulator/access_tokens.h"

#include <algorithm>

namespace scoped::emulator {
namespace {

constexpr std::string_view kRefreshToken = "refresh_token";
constexpr std::chrono::hours kRefreshLife{3};
// Distribution adds this to both ends of a token's life, so it is taken off here.
constexpr std::chrono::seconds kLeeway{60};

json::Value write_access(const std::vector<Scope>& access) {
  json::Array list;
  for (const Scope& scope : access) {
    json::Array actions;
    for (const std::string& action : scope.actions) actions.emplace_back(action);
    json::Object entry;
    entry.set("type", scope.type);
    entry.set("name", scope.name);
    entry.set("actions", std::move(actions));
    list.emplace_back(std::move(entry));
  }
  return list;
}

Result<std::vector<Scope>> read_access(const json::Array& list) {
  std::vector<Scope> access;
  for (const json::Value& each : list) {
    const auto entry = TRY(json::Reader::of(each, "access"));
    Scope scope;
    scope.type = TRY(entry.text("type"));
    scope.name = TRY(entry.text("name"));
    for (const json::Value& action : *TRY(entry.array("actions")))
      if (action.text() != nullptr) scope.actions.push_back(*action.text());
    access.push_back(std::move(scope));
  }
  return access;
}

Result<AccessGrant> read_claims(const json::Object& claims, Instant now) {
  const json::Reader reader(claims, "claims");
  if (TRY(reader.text("iss")) != kAccessIssuer ||
      now >= from_unix_seconds(TRY(reader.integer("exp"))) + kLeeway)
    return fail(ErrorCode::login, "not an access token of ours that is still good");
  AccessGrant grant;
  grant.user = TRY(reader.text("sub"));
  grant.host = TRY(reader.text("aud"));
  grant.access = TRY(read_access(*TRY(reader.array("access"))));
  return grant;
}

Result<std::string> read_refresh_claims(const json::Object& claims, std::string_view host, Instant now) {
  const json::Reader reader(claims, "claims");
  if (TRY(reader.text("iss")) != kAccessIssuer || TRY(reader.text("grant_type")) != kRefreshToken ||
      TRY(reader.text("aud")) != host || now >= from_unix_seconds(TRY(reader.integer("exp"))))
    return fail(ErrorCode::login, "not a refresh token of this host that is still good");
  return reader.text("sub");
}

json::Object claims_of(std::string id, std::string_view user, std::string_view host, Instant now) {
  json::Object claims;
  claims.set("jti", std::move(id));
  claims.set("sub", user);
  claims.set("iss", kAccessIssuer);
  claims.set("aud", host);
  claims.set("version", "1.0");
  claims.set("iat", unix_seconds(now));
  claims.set("nbf", unix_seconds(now));
  return claims;
}

}  // namespace

Result<std::string> make_access_token(const Signer& signer, const AccessGrant& grant, Instant now,
                                      std::string id, std::chrono::seconds life) {
  json::Object claims = claims_of(std::move(id), grant.user, grant.host, now);
  claims.set("grant_type", "access_token");
  claims.set("exp", unix_seconds(now + life - kLeeway));
  claims.set("access", write_access(grant.access));
  return signer.sign(claims);
}

Result<std::string> make_refresh_token(const Signer& signer, std::string_view user, std::string_view host,
                                       Instant now, std::string id) {
  json::Object claims = claims_of(std::move(id), user, host, now);
  claims.set("grant_type", kRefreshToken);
  claims.set("exp", unix_seconds(now + kRefreshLife));
  return signer.sign(claims);
}

std::optional<std::string> read_refresh_token(const Signer& signer, std::string_view token,
                                              std::string_view host, Instant now) {
  const auto claims = signer.verify(token);
  if (!claims) return std::nullopt;
  auto user = read_refresh_claims(*claims, host, now);
  if (!user) return std::nullopt;
  return std::move(*user);
}

std::optional<AccessGrant> read_access_token(const Signer& signer, std::string_view token,
                                             std::string_view host, Instant now) {
  const auto claims = signer.verify(token);
  if (!claims) return std::nullopt;
  auto grant = read_claims(*claims, now);
  if (!grant || grant->host != host) return std::nullopt;
  return std::move(*grant);
}

}  // namespace scoped::emulator
