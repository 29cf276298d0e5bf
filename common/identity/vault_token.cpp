#include "common/identity/vault_token.h"

#include "common/base/file.h"
#include "common/config/load.h"
#include "common/identity/vault_login.h"
#include "common/identity/vault_token_helper.h"

#include <array>

namespace scoped::identity {
namespace {

using config::Kind;

constexpr size_t kLargest = 1 << 16;
constexpr std::chrono::seconds kHelperLimit{10};
constexpr std::array kSettings = {
    config::Setting{.name = "token",
                    .kind = Kind::secret,
                    .doc = "Where the token is; absent in a user's file: $BAO_TOKEN, $VAULT_TOKEN, the token "
                           "helper of ~/.bao or ~/.vault, or ~/.vault-token."},
};

std::string token_file(const Environment& environment) {
  if (auto path = environment.get("BAO_TOKEN_PATH")) return *path;
  const auto home = environment.get("HOME");
  return home ? *home + "/.vault-token" : std::string();
}

// As the vaults' own command lines look for it.
Result<Secret> usual_token(const Environment& environment) {
  for (const char* name : {"BAO_TOKEN", "VAULT_TOKEN"})
    if (auto value = environment.get(name))
      return TRY_WITH(plain_token(Secret::take(std::move(*value))), "$" + std::string(name));
  if (const auto program = TRY(find_token_helper(environment)))
    return ask_token_helper(*program, kHelperLimit);
  const std::string path = token_file(environment);
  if (!path.empty()) {
    auto text = read_secret_file(path, kLargest);
    if (text) return TRY_WITH(plain_token(std::move(*text)), "'" + path + "'");
    if (text.error().code() != ErrorCode::not_found) return text;
  }
  return fail(ErrorCode::not_found,
              "there is no token of a vault: run 'bao login', or set 'token' or $BAO_TOKEN");
}

Result<Secret> read_token(const config::Typed& settings, const Environment& environment) {
  if (!settings.has("token")) {
    if (settings.origin.system)
      return fail(ErrorCode::configuration,
                  "'token' is missing; the system's identities take none from variables or a home folder");
    return usual_token(environment);
  }
  Secret text = TRY_WITH(config::read_secret(settings.secret("token"), environment), "'token'");
  return TRY_WITH(plain_token(std::move(text)), "'token'");
}

}  // namespace

std::span<const config::Setting> vault_token_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_vault_token(const config::Typed& settings,
                                                          const Context& context) {
  TRY(site_of_vault(context));
  TRY(read_token(settings, context.environment));  // to say it at start
  VaultFlow flow;
  flow.log_in = [settings, &environment = context.environment]() -> Result<VaultLease> {
    VaultLease lease;
    lease.token = TRY(read_token(settings, environment));
    return lease;
  };
  return make_vault_login(settings.name, context, std::move(flow));
}

}  // namespace scoped::identity
