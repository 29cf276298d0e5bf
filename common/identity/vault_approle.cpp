#include "common/identity/vault_approle.h"

#include "common/config/load.h"
#include "common/identity/vault_login.h"
#include "common/json/value.h"

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
    config::Setting{.name = "mount", .default_text = "approle", .doc = "Path of the vault's AppRole login."},
};

struct Flow {
  std::string path;
  config::SecretSource role_id;
  std::optional<config::SecretSource> secret_id;
  Context context;

  Result<Secret> read(const config::SecretSource& source) const {
    return plain_token(TRY(config::read_secret(source, context.environment)));
  }
  Result<Secret> body() const;
  Result<VaultLease> log_in() const;
};

Result<Secret> Flow::body() const {
  const Secret role = TRY_WITH(read(role_id), "'role_id'");
  std::string text = R"({"role_id":)" + json::quote(role.reveal());
  if (secret_id) {
    const Secret secret = TRY_WITH(read(*secret_id), "'secret_id'");
    std::string quoted = json::quote(secret.reveal());
    text.reserve(text.size() + quoted.size() + 32);  // never moved: it is secret
    text.append(R"(,"secret_id":)").append(quoted);
    wipe(quoted);
  }
  text += "}";
  return Secret::take(std::move(text));
}

Result<VaultLease> Flow::log_in() const {
  const Secret given = TRY(body());
  const net::Response answer = TRY(ask_vault(context, "POST", path, given, nullptr));
  return read_lease(answer, "POST " + net::display_url(context.site->address + "/v1/" + path));
}

// A mount may have several parts.
Result<std::string> login_path(std::string mount) {
  while (mount.ends_with('/')) mount.pop_back();
  std::string path = "auth";
  for (size_t start = 0; start <= mount.size();) {
    const size_t end = std::min(mount.find('/', start), mount.size());
    const std::string part = mount.substr(start, end - start);
    if (part.empty() || part == "." || part == "..")
      return fail(ErrorCode::configuration, "'mount' is no path of a login");
    path += "/" + net::percent_encode(part);
    start = end + 1;
  }
  return path + "/login";
}

}  // namespace

std::span<const config::Setting> vault_approle_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_vault_approle(const config::Typed& settings,
                                                            const Context& context) {
  TRY(site_of_vault(context));
  Flow flow{.path = {}, .role_id = settings.secret("role_id"), .secret_id = {}, .context = context};
  flow.path = TRY(login_path(settings.text_or("mount", "approle")));
  if (settings.has("secret_id")) flow.secret_id = settings.secret("secret_id");
  TRY(flow.body());  // to say it at start, not at night
  return make_vault_login(settings.name, context, [flow = std::move(flow)] { return flow.log_in(); });
}

}  // namespace scoped::identity
