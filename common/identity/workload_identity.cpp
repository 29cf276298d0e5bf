#include "common/identity/workload_identity.h"

#include "common/base/file.h"
#include "common/identity/bearer_cache.h"
#include "common/identity/entra_cloud.h"
#include "common/identity/entra_login.h"

#include <array>

namespace scoped::identity {
namespace {

constexpr size_t kLargestToken = 64 << 10;

constexpr std::array kSettings = {
    kCloudRow,
    config::Setting{.name = "authority",
                    .kind = config::Kind::url,
                    .doc = "Address of Entra; absent: $AZURE_AUTHORITY_HOST, else the cloud's."},
    config::Setting{.name = "tenant", .doc = "Id or domain of the Entra tenant; absent: $AZURE_TENANT_ID."},
    config::Setting{.name = "client_id",
                    .doc = "Id of the application or managed identity; absent: $AZURE_CLIENT_ID."},
    config::Setting{
        .name = "token_file",
        .kind = config::Kind::path,
        .doc = "File with the issuer's token, read at each login; absent: $AZURE_FEDERATED_TOKEN_FILE."},
    kScopeRow,
    kEntraCaRow,
};

Result<std::string> value_of(const config::Typed& settings, const Environment& environment,
                             const std::string& setting, const char* variable) {
  if (settings.has(setting)) return settings.text(setting);
  if (auto value = environment.get(variable)) return *std::move(value);
  return fail(ErrorCode::configuration, "'" + setting + "' is missing, and $" + variable +
                                            " is not set: is workload identity switched on for this pod?");
}

struct Flow {
  EntraApplication application;
  std::string token_file;
  const Context context;

  Result<Secret> read() const;
  Result<net::Response> log_in(const std::string& claims) const {
    const Secret token = TRY(read());
    return log_in_to_entra(context, application, assertion_proof(token.reveal()), claims);
  }
};

// A projected token is readable by its group, or by all in the pod.
Result<Secret> Flow::read() const {
  const Secret text = TRY_WITH(read_secret_file(token_file, kLargestToken, false), "token of the workload");
  std::string_view token = text.reveal();
  while (token.ends_with('\n') || token.ends_with('\r')) token.remove_suffix(1);
  if (token.empty())
    return fail(ErrorCode::invalid_input, "token of the workload: '" + token_file + "' is empty");
  return Secret(token);
}

Result<std::string> find_authority(const config::Typed& settings, const Environment& environment) {
  const auto given = settings.has("authority") ? std::nullopt : environment.get("AZURE_AUTHORITY_HOST");
  if (!given) return authority_of(settings);
  return checked_authority(*given);
}

}  // namespace

std::span<const config::Setting> workload_identity_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_workload_identity(const config::Typed& settings,
                                                                const Context& context) {
  const Environment& around = context.environment;
  const std::string authority = TRY(find_authority(settings, around));
  const std::string tenant = TRY(value_of(settings, around, "tenant", "AZURE_TENANT_ID"));
  const std::string client_id = TRY(value_of(settings, around, "client_id", "AZURE_CLIENT_ID"));
  std::string file = TRY(value_of(settings, around, "token_file", "AZURE_FEDERATED_TOKEN_FILE"));
  Flow flow{
      {token_url(authority, tenant), client_id, scope_of(settings, context), settings.text_or("ca_file", "")},
      std::move(file),
      context};
  (void)TRY(flow.read());  // to say it at start, not at night
  return make_bearer_cache(settings.name, context.clock, [flow = std::move(flow)](const std::string& claims) {
    return flow.log_in(claims);
  });
}

}  // namespace scoped::identity
