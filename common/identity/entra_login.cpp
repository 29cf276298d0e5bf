#include "common/identity/entra_login.h"

#include "common/identity/entra_cloud.h"
#include "common/identity/entra_error.h"

namespace scoped::identity {

std::string token_url(const std::string& authority, const std::string& tenant) {
  return authority + "/" + net::percent_encode(tenant) + "/oauth2/v2.0/token";
}

EntraApplication read_application(const config::Typed& settings, const Context& context) {
  return {token_url(authority_of(settings), settings.text("tenant")), settings.text("client_id"),
          scope_of(settings, context), settings.text_or("ca_file", "")};
}

Proof assertion_proof(std::string_view assertion) {
  return {{"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
          {"client_assertion", assertion}};
}

Result<net::Response> log_in_to_entra(const Context& context, const EntraApplication& application,
                                      const Proof& proof, const std::string& claims) {
  Proof fields = {{"grant_type", "client_credentials"}, {"client_id", application.client_id}};
  fields.insert(fields.end(), proof.begin(), proof.end());
  fields.emplace_back("scope", application.scope);
  if (!claims.empty()) fields.emplace_back("claims", claims);
  net::Request request;
  request.method = "POST";
  request.url = application.token_url;
  request.headers = {{"Accept", "application/json"}};
  request.form(fields);
  request.ca_file = application.ca_file;
  request.limits.body_bytes = 256 << 10;
  auto answer = context.transport.send(request);
  // A login changes nothing that matters here: one whose answer is lost may simply be tried again.
  if (!answer && answer.error().code() == ErrorCode::ambiguous)
    return fail(std::move(answer).error().as(ErrorCode::unavailable));
  if (answer && answer->status != 200)
    return fail(entra_error(*answer, "POST " + net::display_url(request.url), context.clock.now()));
  return answer;
}

}  // namespace scoped::identity
