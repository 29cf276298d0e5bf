#include "common/identity/vault_kubernetes.h"

#include "common/base/file.h"
#include "common/identity/vault_form.h"

#include <array>

namespace scoped::identity {
namespace {

using config::Kind;

constexpr size_t kLargest = 1 << 16;
constexpr std::array kSettings = {
    config::Setting{.name = "role", .required = true, .doc = "Role of the vault's Kubernetes login."},
    config::Setting{.name = "token_file",
                    .kind = Kind::path,
                    .default_text = "/var/run/secrets/kubernetes.io/serviceaccount/token",
                    .doc = "The pod's service account token, read again at each login."},
    config::Setting{
        .name = "mount", .default_text = "kubernetes", .doc = "Path of the vault's Kubernetes login."},
};

}  // namespace

std::span<const config::Setting> vault_kubernetes_settings() { return kSettings; }

// kubelet replaces the token's file long before it lapses, and gives it a mode that all in the pod may read.
Result<std::unique_ptr<net::Authorizer>> make_vault_kubernetes(const config::Typed& settings,
                                                               const Context& context) {
  const std::string path = TRY(login_path(settings.text_or("mount", "kubernetes")));
  return make_form_login(settings.name, context, [settings, path]() -> Result<VaultForm> {
    const std::string& file = settings.text("token_file");
    Secret text = TRY_WITH(read_secret_file(file, kLargest, false), "'token_file'");
    VaultForm form{.path = path};
    form.members.emplace_back("role", Secret(settings.text("role")));
    form.members.emplace_back("jwt", TRY_WITH(plain_token(std::move(text)), "'" + file + "'"));
    return form;
  });
}

}  // namespace scoped::identity
