#include "tests/emulator/entra.h"

#include "tests/emulator/assertions.h"
#include "tests/emulator/bearers.h"

#include <fmt/format.h>

#include <array>

namespace scoped::emulator {
namespace {

// The error of OAuth and Entra's number for a refusal's code, which is "AADSTS" and that number.
struct EntraError {
  int64_t number;
  std::string_view error;
};
constexpr std::array<EntraError, 13> kErrors = {EntraError{7000215, "invalid_client"},
                                                {7000216, "invalid_client"},
                                                {700016, "unauthorized_client"},
                                                {90002, "invalid_request"},
                                                {900144, "invalid_request"},
                                                {70003, "unsupported_grant_type"},
                                                {1002012, "invalid_scope"},
                                                {50027, "invalid_request"},
                                                {70021, "invalid_request"},
                                                {700021, "invalid_client"},
                                                {700023, "invalid_client"},
                                                {700024, "invalid_client"},
                                                {700027, "invalid_client"}};

tl::unexpected<Refusal> no(int status, int64_t number, std::string message) {
  return refuse(status, fmt::format("AADSTS{}", number), std::move(message));
}

Outcome<> admit(Turn&) { return {}; }

Answer entra_refusal(const Refusal& refusal, const Turn& turn) {
  json::Object body;
  std::string_view error = refusal.status >= 500 ? "server_error" : "invalid_request";
  json::Array numbers;
  for (const EntraError& row : kErrors)
    if (refusal.code == fmt::format("AADSTS{}", row.number)) {
      error = row.error;
      numbers.emplace_back(row.number);
    }
  std::string timestamp = format_for_people(turn.now) + "Z";
  body.set("error", error);
  body.set("error_description",
           fmt::format("{}: {} Timestamp: {}", refusal.code, refusal.message, timestamp));
  body.set("error_codes", std::move(numbers));
  body.set("timestamp", std::move(timestamp));
  body.set("trace_id", make_guid(turn.site.parts.random));
  body.set("correlation_id", make_guid(turn.site.parts.random));
  Answer answer;
  answer.status = refusal.status;
  answer.body = json::dump(std::move(body));
  return answer;
}

Outcome<std::string> required(const Fields& form, std::string_view name) {
  const std::string* value = find_field(form, name);
  if (value == nullptr || value->empty())
    return no(400, 900144, fmt::format("The request body must contain the following parameter: '{}'.", name));
  return *value;
}

constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

Outcome<> check_application(const Turn& turn, const Fields& form) {
  const Facts& facts = turn.site.model.facts();
  const std::string client_id = TRY(required(form, "client_id"));
  if (!same_name(client_id, facts.client_id))
    return no(400, 700016, fmt::format("Application with identifier '{}' was not found.", client_id));
  if (const std::string* assertion = find_field(form, "client_assertion")) {
    const std::string type = TRY(required(form, "client_assertion_type"));
    if (type != kJwtBearer) return no(400, 50027, fmt::format("The assertion type '{}' is not known.", type));
    return check_assertion(turn, *assertion);
  }
  const std::string* secret = find_field(form, "client_secret");
  if (secret == nullptr || secret->empty())
    return no(401, 7000216, "'client_assertion', 'client_secret' or 'request' is required.");
  if (!facts.client_secret.equals(Secret(*secret)))
    return no(401, 7000215, "Invalid client secret provided. Ensure the secret being sent is the value.");
  return {};
}

// ADFS and the first version of the endpoint take a `resource` as it is; everybody else asks by `scope`.
Outcome<std::string> resource_of(const Fields& form) {
  const std::string* resource = find_field(form, "resource");
  if (resource != nullptr && !resource->empty() && find_field(form, "scope") == nullptr) return *resource;
  std::string scope = TRY(required(form, "scope"));
  constexpr std::string_view kDefault = "/.default";
  if (!scope.ends_with(kDefault) || scope.find(' ') != std::string::npos)
    return no(400, 1002012, fmt::format("The provided value for scope '{}' is not valid.", scope));
  return scope.substr(0, scope.size() - kDefault.size());
}

Outcome<Answer> give_bearer(Turn& turn) {
  const Facts& facts = turn.site.model.facts();
  const Parts& parts = turn.site.parts;
  const auto form = turn.request.form();
  if (!form) return no(400, 900144, "The request body must be a form.");
  const std::string grant_type = TRY(required(*form, "grant_type"));
  if (grant_type != "client_credentials")
    return no(400, 70003, fmt::format("The grant type '{}' is not supported.", grant_type));
  TRY(check_application(turn, *form));
  auto resource = TRY(resource_of(*form));
  const Grant grant{facts.tenant, facts.client_id, std::move(resource)};
  auto bearer = make_bearer(parts.signer, grant, turn.now, parts.bearer_life, parts.random);
  if (!bearer) return refuse(500, "AADSTS50000", bearer.error().line());
  json::Object body;
  body.set("token_type", "Bearer");
  body.set("expires_in", int64_t{parts.bearer_life.count()});
  body.set("ext_expires_in", int64_t{parts.bearer_life.count()});
  body.set("access_token", std::move(*bearer));
  Answer answer;
  answer.body = json::dump(std::move(body));
  answer.headers.emplace_back("Cache-Control", "no-store, no-cache");
  return answer;
}

Outcome<Answer> give_bearer_of_tenant(Turn& turn) {
  TRY(check_tenant(turn, turn.captures[0]));
  return give_bearer(turn);
}

constexpr std::array<Route, 2> kRoutes = {Route{"POST", "/adfs/oauth2/token", give_bearer},
                                          {"POST", "/{}/oauth2/v2.0/token", give_bearer_of_tenant}};

}  // namespace

const Family kEntra = {"entra", "", Case::ignored, admit, entra_refusal};
const RouteTable kEntraTokens = {&kEntra, kRoutes};

Outcome<> check_tenant(const Turn& turn, const std::string& tenant) {
  if (!same_name(tenant, turn.site.model.facts().tenant))
    return no(400, 90002, fmt::format("Tenant '{}' not found.", tenant));
  return {};
}

}  // namespace scoped::emulator
