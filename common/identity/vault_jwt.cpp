#include "common/identity/vault_jwt.h"

#include "common/identity/vault_form.h"

#include <array>

namespace scoped::identity {
namespace {

using config::Kind;

constexpr std::array kSettings = {
    config::Setting{.name = "jwt",
                    .kind = Kind::secret,
                    .required = true,
                    .doc = "Where the signed token is, read again at each login."},
    config::Setting{.name = "role", .doc = "Role of the vault's JWT login; absent: its default role."},
    config::Setting{.name = "mount", .default_text = "jwt", .doc = "Path of the vault's JWT login."},
};

}  // namespace

std::span<const config::Setting> vault_jwt_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_vault_jwt(const config::Typed& settings,
                                                        const Context& context) {
  const std::string path = TRY(login_path(settings.text_or("mount", "jwt")));
  const Environment& environment = context.environment;
  return make_form_login(settings.name, context, [settings, path, &environment]() -> Result<VaultForm> {
    VaultForm form{.path = path};
    if (settings.has("role")) form.members.emplace_back("role", Secret(settings.text("role")));
    form.members.emplace_back("jwt", TRY(read_plain(settings, "jwt", environment)));
    return form;
  });
}

}  // namespace scoped::identity
