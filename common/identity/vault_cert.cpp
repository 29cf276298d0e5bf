#include "common/identity/vault_cert.h"

#include "common/base/file.h"
#include "common/identity/vault_form.h"

#include <array>

namespace scoped::identity {
namespace {

using config::Kind;

constexpr size_t kLargest = 1 << 20;
constexpr std::array kSettings = {
    config::Setting{.name = "certificate_file",
                    .kind = Kind::path,
                    .doc =
                        "Our certificate and its chain (PEM), read again at each login; absent in a user's "
                        "file: $BAO_CLIENT_CERT or $VAULT_CLIENT_CERT."},
    config::Setting{.name = "key_file",
                    .kind = Kind::path,
                    .doc = "Its key (PEM), a file of mode 0600, read again at each login; absent in a user's "
                           "file: $BAO_CLIENT_KEY or $VAULT_CLIENT_KEY."},
    config::Setting{.name = "role", .doc = "Name of the vault's certificate role; absent: any that fits."},
    config::Setting{.name = "mount", .default_text = "cert", .doc = "Path of the vault's certificate login."},
};

Result<std::string> path_of(const config::Typed& settings, const std::string& setting, const char* suffix,
                            const Environment& environment) {
  if (settings.has(setting)) return settings.text(setting);
  if (!settings.origin.system)
    for (const char* prefix : {"BAO_", "VAULT_"})
      if (auto path = environment.get((prefix + std::string(suffix)).c_str())) return *path;
  return fail(ErrorCode::configuration, "'" + setting + "' is missing");
}

}  // namespace

std::span<const config::Setting> vault_cert_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_vault_cert(const config::Typed& settings,
                                                         const Context& context) {
  const std::string path = TRY(login_path(settings.text_or("mount", "cert")));
  const Environment& environment = context.environment;
  const std::string certificate_file = TRY(path_of(settings, "certificate_file", "CLIENT_CERT", environment));
  const std::string key_file = TRY(path_of(settings, "key_file", "CLIENT_KEY", environment));
  return make_form_login(
      settings.name, context, [settings, path, certificate_file, key_file]() -> Result<VaultForm> {
        VaultForm form{.path = path};
        if (settings.has("role")) form.members.emplace_back("name", Secret(settings.text("role")));
        net::ClientCertificate shown;
        shown.certificate = TRY_WITH(read_file(certificate_file, kLargest), "'certificate_file'");
        shown.key = TRY_WITH(read_secret_file(key_file, kLargest), "'key_file'");
        form.certificate = std::make_shared<const net::ClientCertificate>(std::move(shown));
        return form;
      });
}

}  // namespace scoped::identity
