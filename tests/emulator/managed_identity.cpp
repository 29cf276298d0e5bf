#include "tests/emulator/managed_identity.h"

#include "common/json/value.h"
#include "tests/emulator/bearers.h"

#include <fmt/format.h>

#include <array>

namespace scoped::emulator {
namespace {

Outcome<> admit(Turn&) { return {}; }

Answer identity_refusal(const Refusal& refusal, const Turn&) {
  json::Object body;
  body.set("error", refusal.code);
  body.set("error_description", refusal.message);
  Answer answer;
  answer.status = refusal.status;
  answer.body = json::dump(std::move(body));
  return answer;
}

tl::unexpected<Refusal> invalid(std::string message) {
  return refuse(400, "invalid_request", std::move(message));
}

Outcome<> need_header(const Turn& turn, std::string_view name, std::string_view wanted, int status) {
  const std::string* given = find_field(turn.request.headers, name);
  if (given == nullptr || !same_name(*given, wanted))
    return refuse(status, status == 400 ? "invalid_request" : "unauthorized_client",
                  fmt::format("The header '{}' is missing or wrong.", name));
  return {};
}

// There is one identity: whoever names another is told that it is not here.
Outcome<> check_identity(const Turn& turn, const Fields& fields) {
  for (const std::string_view name : {"client_id", "clientid", "object_id", "principal_id"}) {
    const std::string* given = find_field(fields, name);
    if (given != nullptr && !same_name(*given, turn.site.model.facts().client_id))
      return invalid("Identity not found");
  }
  for (const std::string_view name : {"msi_res_id", "mi_res_id"})
    if (find_field(fields, name) != nullptr) return invalid("Identity not found");
  return {};
}

// As the App Service of 2017 writes it: 11/05/2021 15:18:31 +00:00.
std::string old_time(Instant at) {
  const std::string text = format_for_people(at);  // 2021-11-05 15:18:31
  return fmt::format("{}/{}/{} {} +00:00", text.substr(5, 2), text.substr(8, 2), text.substr(0, 4),
                     text.substr(11));
}

enum class Form { virtual_machine, app_service, old_app_service };

Outcome<Answer> give(Turn& turn, const Fields& fields, Form form) {
  TRY(check_identity(turn, fields));
  const std::string* resource = find_field(fields, "resource");
  if (resource == nullptr || resource->empty()) return invalid("The parameter 'resource' is missing.");
  const Facts& facts = turn.site.model.facts();
  const Parts& parts = turn.site.parts;
  auto bearer = make_bearer(parts.signer, {facts.tenant, facts.client_id, *resource}, turn.now,
                            parts.bearer_life, parts.random);
  if (!bearer) return refuse(500, "unknown_error", bearer.error().line());
  const Instant ends = turn.now + parts.bearer_life;
  json::Object body;
  body.set("access_token", std::move(*bearer));
  body.set("client_id", facts.client_id);
  body.set("expires_on", form == Form::old_app_service ? old_time(ends) : std::to_string(unix_seconds(ends)));
  body.set("resource", *resource);
  body.set("token_type", "Bearer");
  if (form == Form::virtual_machine) {
    body.set("expires_in", std::to_string(parts.bearer_life.count()));
    body.set("ext_expires_in", std::to_string(parts.bearer_life.count()));
    body.set("not_before", std::to_string(unix_seconds(turn.now)));
  }
  Answer answer;
  answer.body = json::dump(std::move(body));
  return answer;
}

Outcome<Answer> get_on_machine(Turn& turn) {
  TRY(need_header(turn, "metadata", "true", 400));
  if (find_field(turn.request.query, "api-version") == nullptr)
    return invalid("The parameter 'api-version' is missing.");
  return give(turn, turn.request.query, Form::virtual_machine);
}

// Two generations of one address, told apart by the name of the header that holds the secret.
Outcome<Answer> get_in_app_service(Turn& turn) {
  const bool old = find_field(turn.request.headers, "secret") != nullptr;
  TRY(need_header(turn, old ? "secret" : "x-identity-header", turn.site.parts.identity_header, 401));
  return give(turn, turn.request.query, old ? Form::old_app_service : Form::app_service);
}

// The Cloud Shell's: the same address, without a secret, with a form.
Outcome<Answer> post_in_cloud_shell(Turn& turn) {
  TRY(need_header(turn, "metadata", "true", 400));
  const auto form = turn.request.form();
  if (!form) return invalid("The body must be a form.");
  return give(turn, *form, Form::virtual_machine);
}

constexpr std::array<Route, 3> kRoutes = {Route{"GET", "/metadata/identity/oauth2/token", get_on_machine},
                                          {"GET", "/msi/token", get_in_app_service},
                                          {"POST", "/msi/token", post_in_cloud_shell}};

}  // namespace

const Family kManagedIdentity = {"identity", "", Case::ignored, admit, identity_refusal};
const RouteTable kIdentityTokens = {&kManagedIdentity, kRoutes};

}  // namespace scoped::emulator
