#include "common/identity/entra_secret.h"

#include "common/config/load.h"
#include "common/identity/bearer_cache.h"
#include "common/identity/entra_error.h"

#include <array>

namespace scoped::identity {
namespace {

using config::Kind;

constexpr std::array kSettings = {
    config::Setting{.name = "authority",
                    .kind = Kind::url,
                    .default_text = "https://login.microsoftonline.com",
                    .doc = "Address of the Entra cloud that the tenant is in."},
    config::Setting{.name = "tenant", .required = true, .doc = "Id or domain of the Entra tenant."},
    config::Setting{.name = "client_id", .required = true, .doc = "Id of the application that logs in."},
    config::Setting{.name = "client_secret",
                    .kind = Kind::secret,
                    .required = true,
                    .doc = "Where its client secret is; read again at each login."},
    config::Setting{.name = "scope",
                    .default_text = "https://management.azure.com/.default",
                    .doc = "What the bearer is for; another one in another Entra cloud."},
    config::Setting{.name = "ca_file",
                    .kind = Kind::path,
                    .doc = "Certificate authorities (PEM) that are trusted beside the system's."},
};

struct Flow {
  std::string url;
  std::string client_id;
  std::string scope;
  std::string ca_file;
  config::SecretSource secret;
  const Context context;

  Result<net::Response> log_in() const;
};

Result<net::Response> Flow::log_in() const {
  const Secret client_secret = TRY(config::read_secret(secret, context.environment));
  net::Request request;
  request.method = "POST";
  request.url = url;
  request.headers = {{"Accept", "application/json"}};
  request.form({{"grant_type", "client_credentials"},
                {"client_id", client_id},
                {"client_secret", client_secret.reveal()},
                {"scope", scope}});
  request.ca_file = ca_file;
  request.limits.body_bytes = 256 << 10;
  auto answer = context.transport.send(request);
  // A login changes nothing that matters here: one whose answer is lost may simply be tried again.
  if (!answer && answer.error().code() == ErrorCode::ambiguous)
    return fail(std::move(answer).error().as(ErrorCode::unavailable));
  if (answer && answer->status != 200)
    return fail(entra_error(*answer, "POST " + net::display_url(url), context.clock.now()));
  return answer;
}

std::string token_url(std::string authority, const std::string& tenant) {
  while (authority.ends_with('/')) authority.pop_back();
  return authority + "/" + net::percent_encode(tenant) + "/oauth2/v2.0/token";
}

}  // namespace

std::span<const config::Setting> entra_secret_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_entra_secret(const config::Typed& settings,
                                                           const Context& context) {
  Flow flow{token_url(settings.text("authority"), settings.text("tenant")),
            settings.text("client_id"),
            settings.text("scope"),
            settings.text_or("ca_file", ""),
            settings.secret("client_secret"),
            context};
  (void)TRY(config::read_secret(flow.secret, context.environment));  // to say it at start, not at night
  return make_bearer_cache(settings.name, context.clock, [flow = std::move(flow)] { return flow.log_in(); });
}

}  // namespace scoped::identity
