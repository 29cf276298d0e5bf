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
                        "file: $BAO_CLIENT_CERT or $VAULT_CLIENT_CERT, or the text in either with _BYTES."},
    config::Setting{.name = "key_file",
                    .kind = Kind::path,
                    .doc = "Its key (PEM), a file of mode 0600, read again at each login; absent in a user's "
                           "file: $BAO_CLIENT_KEY or $VAULT_CLIENT_KEY, or the text in either with _BYTES."},
    config::Setting{.name = "role", .doc = "Name of the vault's certificate role; absent: any that fits."},
    config::Setting{.name = "mount", .default_text = "cert", .doc = "Path of the vault's certificate login."},
};

// Of a pair of variables BAO_X counts where it is set, even to nothing. Empty: nobody names a file.
std::string path_of(const config::Typed& settings, const std::string& setting, const std::string& suffix,
                    const Environment& environment) {
  if (settings.has(setting)) return settings.text(setting);
  if (settings.origin.system) return "";
  const std::string name = (environment.is_set(("BAO_" + suffix).c_str()) ? "BAO_" : "VAULT_") + suffix;
  return environment.get(name.c_str()).value_or("");
}

using Shown = std::shared_ptr<const net::ClientCertificate>;

Result<Shown> read_pair(const std::string& certificate_file, const std::string& key_file) {
  net::ClientCertificate shown;
  shown.certificate = TRY_WITH(read_file(certificate_file, kLargest), "'certificate_file'");
  shown.key = TRY_WITH(read_secret_file(key_file, kLargest), "'key_file'");
  return std::make_shared<const net::ClientCertificate>(std::move(shown));
}

// What the store shows already, by a person's variables; null: nothing that this identity may take.
Shown given_pair(const config::Typed& settings, const Context& context) {
  const bool may = !settings.origin.system && !settings.has("certificate_file") && !settings.has("key_file");
  return may && context.site ? context.site->certificate : nullptr;
}

}  // namespace

std::span<const config::Setting> vault_cert_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_vault_cert(const config::Typed& settings,
                                                         const Context& context) {
  const std::string path = TRY(login_path(settings.text_or("mount", "cert")));
  const Environment& environment = context.environment;
  const std::string certificate_file = path_of(settings, "certificate_file", "CLIENT_CERT", environment);
  const std::string key_file = path_of(settings, "key_file", "CLIENT_KEY", environment);
  const bool has_files = !certificate_file.empty() && !key_file.empty();
  const Shown given = given_pair(settings, context);
  if (!has_files && given == nullptr)
    return fail(ErrorCode::configuration,
                std::string(certificate_file.empty() ? "'certificate_file'" : "'key_file'") + " is missing");
  return make_form_login(
      settings.name, context,
      [settings, path, certificate_file, key_file, has_files, given]() -> Result<VaultForm> {
        VaultForm form{.path = path};
        if (settings.has("role")) form.members.emplace_back("name", Secret(settings.text("role")));
        form.certificate = has_files ? TRY(read_pair(certificate_file, key_file)) : given;
        return form;
      });
}

}  // namespace scoped::identity
