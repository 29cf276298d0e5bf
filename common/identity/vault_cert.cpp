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
                    .required = true,
                    .doc = "Our certificate and its chain (PEM), read again at each login."},
    config::Setting{.name = "key_file",
                    .kind = Kind::path,
                    .required = true,
                    .doc = "Its key (PEM), a file of mode 0600, read again at each login."},
    config::Setting{.name = "role", .doc = "Name of the vault's certificate role; absent: any that fits."},
    config::Setting{.name = "mount", .default_text = "cert", .doc = "Path of the vault's certificate login."},
};

}  // namespace

std::span<const config::Setting> vault_cert_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_vault_cert(const config::Typed& settings,
                                                         const Context& context) {
  const std::string path = TRY(login_path(settings.text_or("mount", "cert")));
  return make_form_login(settings.name, context, [settings, path]() -> Result<VaultForm> {
    VaultForm form{.path = path};
    if (settings.has("role")) form.members.emplace_back("name", Secret(settings.text("role")));
    net::ClientCertificate shown;
    shown.certificate =
        TRY_WITH(read_file(settings.text("certificate_file"), kLargest), "'certificate_file'");
    shown.key = TRY_WITH(read_secret_file(settings.text("key_file"), kLargest), "'key_file'");
    form.certificate = std::make_shared<const net::ClientCertificate>(std::move(shown));
    return form;
  });
}

}  // namespace scoped::identity
