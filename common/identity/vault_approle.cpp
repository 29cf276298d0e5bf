#include "common/identity/vault_approle.h"

#include "common/identity/vault_form.h"
#include "common/identity/vault_wrapping.h"

#include <array>

namespace scoped::identity {
namespace {

using config::Kind;

constexpr std::array kSettings = {
    config::Setting{
        .name = "role_id", .kind = Kind::secret, .required = true, .doc = "Where the id of the role is."},
    config::Setting{.name = "secret_id",
                    .kind = Kind::secret,
                    .doc = "Where the role's secret id is, read again at each login; absent for a role that "
                           "binds none."},
    config::Setting{.name = "wrapped_at",
                    .doc =
                        "Where 'secret_id' holds a wrapping token: the path that must have made it, as "
                        "auth/approle/role/NAME/secret-id. Only an agent can use it, since it unwraps once."},
    config::Setting{.name = "mount", .default_text = "approle", .doc = "Path of the vault's AppRole login."},
};

using SecretId = std::function<Result<Secret>()>;

Result<VaultForm> form_of(const std::string& path, const config::Typed& settings,
                          const Environment& environment, const SecretId& secret_id) {
  VaultForm form{.path = path};
  form.members.emplace_back("role_id", TRY(read_plain(settings, "role_id", environment)));
  if (secret_id) form.members.emplace_back("secret_id", TRY(secret_id()));
  return form;
}

}  // namespace

std::span<const config::Setting> vault_approle_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_vault_approle(const config::Typed& settings,
                                                            const Context& context) {
  const std::string path = TRY(login_path(settings.text_or("mount", "approle")));
  const Environment& environment = context.environment;
  SecretId secret_id;
  if (settings.has("secret_id"))
    secret_id = [settings, &environment] { return read_plain(settings, "secret_id", environment); };
  const auto form = [path, settings, &environment, secret_id] {
    return form_of(path, settings, environment, secret_id);
  };
  if (!settings.has("wrapped_at")) return make_form_login(settings.name, context, form);
  TRY(site_of_vault(context));
  if (!secret_id) return fail(ErrorCode::configuration, "'wrapped_at' needs 'secret_id'");
  TRY(form());  // to say it at start, not at night
  const auto wrapped = std::make_shared<WrappedSecret>(context, settings.text("wrapped_at"), secret_id);
  VaultFlow flow;
  flow.log_in = [=, &environment]() -> Result<VaultLease> {
    return post_form(context,
                     TRY(form_of(path, settings, environment, [wrapped] { return wrapped->get(); })));
  };
  return make_vault_login(settings.name, context, std::move(flow));
}

}  // namespace scoped::identity
