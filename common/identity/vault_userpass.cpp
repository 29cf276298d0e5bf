#include "common/identity/vault_userpass.h"

#include "common/config/load.h"
#include "common/identity/vault_form.h"

#include <array>

namespace scoped::identity {
namespace {

using config::Kind;

constexpr std::array kSettings = {
    config::Setting{.name = "username", .required = true, .doc = "Name of the user in the vault."},
    config::Setting{.name = "password",
                    .kind = Kind::secret,
                    .required = true,
                    .doc = "Where the user's password is, read again at each login."},
    config::Setting{.name = "mount", .default_text = "userpass", .doc = "Path of the vault's user login."},
};

}  // namespace

std::span<const config::Setting> vault_userpass_settings() { return kSettings; }

// A password may hold what no token has, so it is taken as it stands.
Result<std::unique_ptr<net::Authorizer>> make_vault_userpass(const config::Typed& settings,
                                                             const Context& context) {
  const std::string user = settings.text("username");
  if (user == "." || user == "..") return fail(ErrorCode::configuration, "'username' is no name of a user");
  const std::string path =
      TRY(login_path(settings.text_or("mount", "userpass"))) + "/" + net::percent_encode(user);
  const Environment& environment = context.environment;
  return make_form_login(settings.name, context, [settings, path, &environment]() -> Result<VaultForm> {
    VaultForm form{.path = path};
    form.members.emplace_back(
        "password", TRY_WITH(config::read_secret(settings.secret("password"), environment), "'password'"));
    return form;
  });
}

}  // namespace scoped::identity
