#include "common/identity/entra_environment.h"

#include "common/identity/entra_certificate.h"
#include "common/identity/entra_cloud.h"
#include "common/identity/entra_secret.h"

#include <array>

namespace scoped::identity {
namespace {

using config::SecretSource;

constexpr std::array kSettings = {kCloudRow, kScopeRow, kEntraCaRow};

tl::unexpected<Error> missing(const std::string& what) { return fail(ErrorCode::configuration, what); }

}  // namespace

std::span<const config::Setting> entra_environment_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_entra_environment(const config::Typed& settings,
                                                                const Context& context) {
  const Environment& around = context.environment;
  config::Typed made = settings;
  for (const auto& [setting, variable] :
       {std::pair("tenant", "AZURE_TENANT_ID"), {"client_id", "AZURE_CLIENT_ID"}}) {
    auto value = around.get(variable);
    if (!value) return missing("$" + std::string(variable) + " is not set");
    made.values[setting] = *std::move(value);
  }
  if (const auto authority = around.get("AZURE_AUTHORITY_HOST"))
    made.values["authority"] = TRY(checked_authority(*authority));
  if (around.get("AZURE_CLIENT_SECRET")) {
    made.values["client_secret"] = SecretSource{SecretSource::Kind::env, "AZURE_CLIENT_SECRET"};
    return make_entra_secret(made, context);
  }
  const auto path = around.get("AZURE_CLIENT_CERTIFICATE_PATH");
  if (!path) return missing("neither $AZURE_CLIENT_SECRET nor $AZURE_CLIENT_CERTIFICATE_PATH is set");
  made.values["certificate"] = SecretSource{SecretSource::Kind::file, *path};
  if (around.get("AZURE_CLIENT_CERTIFICATE_PASSWORD"))
    made.values["certificate_password"] =
        SecretSource{SecretSource::Kind::env, "AZURE_CLIENT_CERTIFICATE_PASSWORD"};
  return make_entra_certificate(made, context);
}

}  // namespace scoped::identity
