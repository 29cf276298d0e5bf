#include "tests/emulator/key_vault.h"

#include "common/crypto/digest.h"
#include "common/json/value.h"
#include "tests/emulator/bearers.h"

#include <fmt/format.h>

#include <stdlib.h>

#include <algorithm>
#include <array>

namespace scoped::emulator {
namespace {

constexpr std::string_view kCloudSuffix = ".vault.azure.net";
constexpr size_t kPageSize = 25;
constexpr int64_t kRecoverableDays = 90;
constexpr const char* kMoreClaims = "Unauthorized/InsufficientClaims";

// The origin by which the client knows the vault.
std::string origin_of(const Turn& turn) {
  const std::string* host = find_field(turn.request.headers, "host");
  return "https://" + (host == nullptr ? std::string("localhost") : *host);
}

// What a bearer for this vault is for: in the cloud the service, else this one vault.
std::string resource_of(const Turn& turn) {
  const std::string origin = origin_of(turn);
  const std::string host = origin.substr(0, origin.find(':', 8));
  return host.ends_with(kCloudSuffix) ? "https://vault.azure.net" : origin;
}

Outcome<> admit(Turn& turn) {
  const auto bearer = bearer_of(turn.request);
  if (!bearer) return refuse(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.");
  if (turn.effects.bearer_expired) return refuse(401, "Unauthorized", "AKV10012: Security token expired.");
  if (turn.effects.insufficient_claims)
    return refuse(401, kMoreClaims, "AKV10053: Continuous access evaluation resulted in claims challenge.");
  const auto known = check_bearer(turn.site.parts.signer, *bearer, turn.site.model.facts().tenant,
                                  resource_of(turn), turn.now, Accepts::key_vault);
  if (!known) return refuse(401, "Unauthorized", "AKV10022: " + known.error().message);
  turn.principal = *known;
  const std::string* version = find_field(turn.request.query, "api-version");
  if (version == nullptr || version->empty())
    return refuse(400, "BadParameter", "The request is missing its parameter 'api-version'.");
  return {};
}

std::string challenge(const Refusal& refusal, const Turn& turn) {
  const std::string authority =
      fmt::format("{}/{}", turn.site.parts.addresses.control, turn.site.model.facts().tenant);
  if (refusal.code != kMoreClaims)
    return fmt::format(R"(Bearer authorization="{}", resource="{}")", authority, resource_of(turn));
  const std::string claims = fmt::format(R"({{"access_token":{{"nbf":{{"essential":true,"value":"{}"}}}}}})",
                                         unix_seconds(turn.now));
  return fmt::format(R"(Bearer realm="", authorization_uri="{}", error="insufficient_claims", claims="{}")",
                     authority, crypto::base64(claims));
}

Answer vault_answer(int status, json::Object body) {
  Answer answer;
  answer.status = status;
  answer.body = json::dump(std::move(body));
  answer.headers = {{"Cache-Control", "no-cache"}};
  return answer;
}

Answer vault_refusal(const Refusal& refusal, const Turn& turn) {
  const size_t slash = refusal.code.find('/');
  json::Object error;
  error.set("code", refusal.code.substr(0, slash));
  error.set("message", refusal.message);
  if (slash != std::string::npos) {
    json::Object inner;
    inner.set("code", refusal.code.substr(slash + 1));
    error.set("innererror", std::move(inner));
  }
  json::Object body;
  body.set("error", std::move(error));
  Answer answer = vault_answer(refusal.status, std::move(body));
  if (refusal.status == 401) answer.headers.emplace_back("WWW-Authenticate", challenge(refusal, turn));
  return answer;
}

Result<std::map<std::string, std::string>> read_tags(const json::Reader& body) {
  std::map<std::string, std::string> tags;
  for (const json::Member& each : TRY(body.object("tags")).raw().members()) {
    if (each.value.text() == nullptr) return fail(ErrorCode::invalid_input, "a tag is no text");
    tags[each.key] = *each.value.text();
  }
  return tags;
}

Result<VaultBody> read_members(const std::string& text) {
  const json::Value document = TRY(json::parse(text));
  const auto body = TRY(json::Reader::of(document, "the body"));
  VaultBody read;
  if (body.has("value")) read.value = Secret(TRY(body.text("value")));
  if (body.has("contentType")) read.content_type = TRY(body.text("contentType"));
  if (body.has("tags")) read.tags = TRY(read_tags(body));
  if (!body.has("attributes")) return read;
  const auto attributes = TRY(body.object("attributes"));
  if (attributes.has("enabled")) read.enabled = TRY(attributes.boolean("enabled"));
  if (attributes.has("nbf")) read.not_before = TRY(attributes.integer("nbf"));
  if (attributes.has("exp")) read.expires = TRY(attributes.integer("exp"));
  return read;
}

Outcome<VaultBody> read_body(const Turn& turn) {
  auto body = read_members(turn.request.body);
  if (!body) return refuse(400, "BadParameter", body.error().line());
  return std::move(*body);
}

// Of an item when `with_value` is false, of a whole secret otherwise. A list's ids of secrets have no
// version.
json::Object show(const Turn& turn, const std::string& name, const VaultVersion& version, bool with_value,
                  bool with_version = true) {
  json::Object attributes;
  attributes.set("enabled", version.enabled);
  if (version.not_before) attributes.set("nbf", *version.not_before);
  if (version.expires) attributes.set("exp", *version.expires);
  attributes.set("created", version.created);
  attributes.set("updated", version.updated);
  attributes.set("recoveryLevel", "Recoverable+Purgeable");
  attributes.set("recoverableDays", kRecoverableDays);
  json::Object shown;
  if (with_value) shown.set("value", version.value.reveal());
  if (!version.content_type.empty()) shown.set("contentType", version.content_type);
  shown.set("id",
            fmt::format("{}/secrets/{}{}", origin_of(turn), name, with_version ? "/" + version.id : ""));
  shown.set("attributes", std::move(attributes));
  json::Object tags;
  for (const auto& [key, value] : version.tags) tags.set(key, value);
  shown.set("tags", std::move(tags));
  return shown;
}

json::Object show_deleted(const Turn& turn, const VaultSecret& secret) {
  json::Object shown = show(turn, secret.name, secret.latest(), false);
  shown.set("recoveryId", fmt::format("{}/deletedsecrets/{}", origin_of(turn), secret.name));
  shown.set("deletedDate", unix_seconds(*secret.deleted_at));
  shown.set("scheduledPurgeDate", unix_seconds(*secret.deleted_at) + kRecoverableDays * 86'400);
  return shown;
}

// One page of what is there, and the link to the next.
Answer page_of(const Turn& turn, const std::vector<json::Object>& all) {
  const std::string* skip = find_field(turn.request.query, "$skiptoken");
  const std::string* most = find_field(turn.request.query, "maxresults");
  const size_t begin =
      skip == nullptr ? 0 : std::min<size_t>(all.size(), strtoul(skip->c_str(), nullptr, 10));
  size_t size =
      most == nullptr ? kPageSize : std::clamp<size_t>(strtoul(most->c_str(), nullptr, 10), 1, kPageSize);
  if (turn.effects.page_size) size = static_cast<size_t>(*turn.effects.page_size);
  const size_t end = std::min(all.size(), begin + size);
  json::Array values;
  for (size_t i = begin; i < end; ++i) values.emplace_back(all[i]);
  json::Object body;
  body.set("value", std::move(values));
  body.set("nextLink", json::Value());
  if (end < all.size())
    body.set("nextLink",
             fmt::format("{}{}?api-version={}&%24skiptoken={}&maxresults={}", origin_of(turn),
                         turn.request.path(), *find_field(turn.request.query, "api-version"), end, size));
  return vault_answer(200, std::move(body));
}

VaultModel& vault(Turn& turn) { return turn.site.key_vault; }

Outcome<Answer> set_secret(Turn& turn) {
  auto body = TRY(read_body(turn));
  const VaultSecret* secret =
      TRY(vault(turn).set(turn.captures[0], std::move(body), turn.now, turn.site.parts.random));
  return vault_answer(200, show(turn, secret->name, secret->latest(), true));
}

Outcome<Answer> get_secret(Turn& turn) {
  const VaultVersion* version = TRY(vault(turn).get(turn.captures[0], "", true));
  return vault_answer(200, show(turn, turn.captures[0], *version, true));
}

Outcome<Answer> get_version(Turn& turn) {
  const VaultVersion* version = TRY(vault(turn).get(turn.captures[0], turn.captures[1], true));
  return vault_answer(200, show(turn, turn.captures[0], *version, true));
}

Outcome<Answer> update_version(Turn& turn) {
  const auto body = TRY(read_body(turn));
  const VaultVersion* version = TRY(vault(turn).update(turn.captures[0], turn.captures[1], body, turn.now));
  return vault_answer(200, show(turn, turn.captures[0], *version, false));
}

Outcome<Answer> list_versions(Turn& turn) {
  const VaultSecret* secret = TRY(vault(turn).find(turn.captures[0]));
  std::vector<json::Object> all;
  for (const VaultVersion& each : secret->versions) all.push_back(show(turn, secret->name, each, false));
  return page_of(turn, all);
}

Outcome<Answer> list_secrets(Turn& turn) {
  std::vector<json::Object> all;
  for (const auto& [key, secret] : vault(turn).all())
    if (!secret.deleted_at) all.push_back(show(turn, secret.name, secret.latest(), false, false));
  return page_of(turn, all);
}

Outcome<Answer> list_deleted(Turn& turn) {
  std::vector<json::Object> all;
  for (const auto& [key, secret] : vault(turn).all())
    if (secret.deleted_at) all.push_back(show_deleted(turn, secret));
  return page_of(turn, all);
}

Outcome<Answer> delete_secret(Turn& turn) {
  return vault_answer(200, show_deleted(turn, *TRY(vault(turn).remove(turn.captures[0], turn.now))));
}

Outcome<Answer> get_deleted(Turn& turn) {
  return vault_answer(200, show_deleted(turn, *TRY(vault(turn).find_deleted(turn.captures[0]))));
}

Outcome<Answer> recover_deleted(Turn& turn) {
  const VaultSecret* secret = TRY(vault(turn).recover(turn.captures[0]));
  return vault_answer(200, show(turn, secret->name, secret->latest(), false));
}

Outcome<Answer> purge_deleted(Turn& turn) {
  TRY(vault(turn).purge(turn.captures[0]));
  Answer answer;
  answer.status = 204;
  return answer;
}

constexpr std::array<Route, 11> kRoutes = {Route{"PUT", "/secrets/{}", set_secret},
                                           {"GET", "/secrets", list_secrets},
                                           {"GET", "/secrets/{}", get_secret},
                                           {"DELETE", "/secrets/{}", delete_secret},
                                           {"GET", "/secrets/{}/versions", list_versions},
                                           {"GET", "/secrets/{}/{}", get_version},
                                           {"PATCH", "/secrets/{}/{}", update_version},
                                           {"GET", "/deletedsecrets", list_deleted},
                                           {"GET", "/deletedsecrets/{}", get_deleted},
                                           {"POST", "/deletedsecrets/{}/recover", recover_deleted},
                                           {"DELETE", "/deletedsecrets/{}", purge_deleted}};

}  // namespace

const Family kKeyVault = {"vault", "", Case::ignored, admit, vault_refusal};
const RouteTable kVaultSecrets = {&kKeyVault, kRoutes};

}  // namespace scoped::emulator
