#include "tests/emulator/arm.h"

#include "common/crypto/digest.h"
#include "tests/emulator/bearers.h"

#include <fmt/format.h>

namespace scoped::emulator {
namespace {

constexpr size_t kPageSize = 100;
constexpr const char* kInsufficientClaims = "InsufficientClaims";
constexpr std::string_view kVersions = "2022-12-01, 2023-07-01, 2025-04-01, 2025-11-01";

Outcome<> check_api_version(const Turn& turn) {
  const std::string* version = find_field(turn.request.query, "api-version");
  if (version == nullptr || version->empty())
    return refuse(400, "MissingApiVersionParameter",
                  "The api-version query parameter (?api-version=) is required for all requests.");
  if (!is_api_version(*version))
    return refuse(400, "InvalidApiVersionParameter",
                  fmt::format("The api-version '{}' is invalid.", *version));
  return {};
}

Outcome<> check_subscription(const Turn& turn) {
  if (!same_name(turn.captures[0], turn.site.model.facts().subscription))
    return refuse(404, "SubscriptionNotFound",
                  fmt::format("The subscription '{}' could not be found.", turn.captures[0]));
  return {};
}

Outcome<> check_ids(const Turn& turn) {
  const Facts& facts = turn.site.model.facts();
  TRY(check_subscription(turn));
  if (!same_name(turn.captures[1], facts.resource_group))
    return refuse(404, "ResourceGroupNotFound",
                  fmt::format("Resource group '{}' could not be found.", turn.captures[1]));
  if (!same_name(turn.captures[2], facts.registry))
    return refuse(404, "ResourceNotFound",
                  fmt::format("The resource {} could not be found.", turn.captures[2]));
  return {};
}

Outcome<> admit_to_root(Turn& turn) {
  const auto bearer = bearer_of(turn.request);
  if (!bearer)
    return refuse(401, "AuthenticationFailed",
                  "Authentication failed. The 'Authorization' header is missing or no Bearer.");
  const Parts& parts = turn.site.parts;
  if (turn.effects.bearer_expired)
    return refuse(401, "ExpiredAuthenticationToken", "The access token has expired.");
  if (turn.effects.insufficient_claims)
    return refuse(401, kInsufficientClaims, "The access token lacks claims that are asked for.");
  turn.principal = TRY(
      check_bearer(parts.signer, *bearer, turn.site.model.facts().tenant, parts.addresses.control, turn.now));
  return check_api_version(turn);
}

Outcome<> admit_to_subscription(Turn& turn) {
  TRY(admit_to_root(turn));
  return check_subscription(turn);
}

Outcome<> admit(Turn& turn) {
  TRY(admit_to_root(turn));
  return check_ids(turn);
}

// Continuous access evaluation asks for a bearer that is newer than this moment.
std::string claims_asked_for(Instant now) {
  const std::string claims =
      fmt::format(R"({{"access_token":{{"nbf":{{"essential":true,"value":"{}"}}}}}})", unix_seconds(now));
  return fmt::format(R"(error="insufficient_claims", claims="{}")", crypto::base64(claims));
}

std::string challenge_of(const Refusal& refusal, const Turn& turn) {
  const std::string why = refusal.code == kInsufficientClaims
                              ? claims_asked_for(turn.now)
                              : fmt::format(R"(error="invalid_token", error_description="{}")", refusal.code);
  return fmt::format(R"(Bearer authorization_uri="{}/{}", {})", turn.site.parts.addresses.control,
                     turn.site.model.facts().tenant, why);
}

Answer arm_refusal(const Refusal& refusal, const Turn& turn) {
  json::Object error;
  error.set("code", refusal.code);
  error.set("message", refusal.message);
  json::Object body;
  body.set("error", std::move(error));
  if (refusal.status == 404) body.set("status", "Failed");
  Answer answer = json_answer(refusal.status, std::move(body));
  if (refusal.status == 401) answer.headers.emplace_back("WWW-Authenticate", challenge_of(refusal, turn));
  return answer;
}

}  // namespace

const Family kArm = {
    "arm", "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.ContainerRegistry/registries/{}",
    Case::ignored, admit, arm_refusal};
const Family kArmSubscription = {"arm", "/subscriptions/{}", Case::ignored, admit_to_subscription,
                                 arm_refusal};
const Family kArmRoot = {"arm", "", Case::ignored, admit_to_root, arm_refusal};

const std::string& name_of(const Turn& turn) { return turn.captures.at(3); }

Moment moment_of(const Turn& turn) { return {turn.now, turn.principal}; }

Answer json_answer(int status, const json::Value& body) {
  Answer answer;
  answer.status = status;
  answer.body = json::dump(body);
  answer.headers = {{"Cache-Control", "no-cache"}, {"api-supported-versions", std::string(kVersions)}};
  return answer;
}

Outcome<PageRequest> page_request(const Turn& turn) {
  PageRequest wanted{"", static_cast<size_t>(turn.effects.page_size.value_or(kPageSize))};
  if (const std::string* token = find_field(turn.request.query, "$skiptoken")) {
    auto after = crypto::parse_base64url(*token);
    if (!after || after->empty())
      return refuse(400, "InvalidSkipToken", "The $skiptoken is not one of ours.");
    wanted.after = std::move(*after);
  }
  return wanted;
}

std::string next_link(const Turn& turn, std::string_view last_key) {
  return fmt::format("{}{}?api-version={}&%24skiptoken={}", turn.site.parts.addresses.control,
                     turn.request.path(), percent_encode(*find_field(turn.request.query, "api-version")),
                     crypto::base64url(last_key));
}

}  // namespace scoped::emulator
