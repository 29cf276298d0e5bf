#include "common/identity/entra_secret.h"

#include "common/config/load.h"
#include "common/identity/bearer_cache.h"
#include "common/identity/entra_cloud.h"
#include "common/identity/entra_login.h"

#include <array>

namespace scoped::identity {
namespace {

constexpr std::array kSettings = {
    kCloudRow,
    kAuthorityRow,
    kTenantRow,
    kClientIdRow,
    config::Setting{.name = "client_secret",
                    .kind = config::Kind::secret,
                    .required = true,
                    .doc = "Where its client secret is; read again at each login."},
    kScopeRow,
    kEntraCaRow,
};

struct Flow {
  EntraApplication application;
  config::SecretSource source;
  const Context context;

  Result<net::Response> log_in(const std::string& claims) const {
    const Secret secret = TRY(config::read_secret(source, context.environment));
    return log_in_to_entra(context, application, {{"client_secret", secret.reveal()}}, claims);
  }
};

}  // namespace

std::span<const config::Setting> entra_secret_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_entra_secret(const config::Typed& settings,
                                                           const Context& context) {
  Flow flow{read_application(settings, context), settings.secret("client_secret"), context};
  (void)TRY(config::read_secret(flow.source, context.environment));  // to say it at start, not at night
  return make_bearer_cache(settings.name, context.clock, [flow = std::move(flow)](const std::string& claims) {
    return flow.log_in(claims);
  });
}

}  // namespace scoped::identity
