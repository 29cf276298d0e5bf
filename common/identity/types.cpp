#include "common/identity/azure_cli.h"
#include "common/identity/entra_certificate.h"
#include "common/identity/entra_chain.h"
#include "common/identity/entra_environment.h"
#include "common/identity/entra_secret.h"
#include "common/identity/identity.h"
#include "common/identity/managed_identity.h"
#include "common/identity/vault_approle.h"
#include "common/identity/vault_cert.h"
#include "common/identity/vault_jwt.h"
#include "common/identity/vault_kubernetes.h"
#include "common/identity/vault_token.h"
#include "common/identity/vault_userpass.h"
#include "common/identity/workload_identity.h"

#include <vector>

namespace scoped::identity {
namespace {

constexpr std::chrono::minutes kEntraLife{90};  // 60 to 90 minutes, as Entra draws it
constexpr std::chrono::hours kManagedLife{24};
constexpr std::chrono::hours kVaultTokenLife{768};  // what a vault allows where nobody set another limit

}  // namespace

std::span<const Type> types() {
  static const std::vector<Type> table = {
      {"entra_secret", "An Entra application that logs in with a client secret.", entra_secret_settings(),
       kEntraLife, &make_entra_secret},
      {"entra_certificate", "An Entra application that logs in with a client certificate.",
       entra_certificate_settings(), kEntraLife, &make_entra_certificate},
      {"workload_identity", "An Entra application or managed identity that a pod or a CI job logs in as.",
       workload_identity_settings(), kEntraLife, &make_workload_identity},
      {"managed_identity", "The identity that Azure assigned to this virtual machine or host.",
       managed_identity_settings(), kManagedLife, &make_managed_identity},
      {"azure_cli", "Whoever is logged in with the Azure CLI on this machine.", azure_cli_settings(),
       kEntraLife, &make_azure_cli},
      {"entra_environment", "The Entra application that the variables AZURE_... name.",
       entra_environment_settings(), kEntraLife, &make_entra_environment},
      {"entra_chain", "What of environment, workload and managed identity and the Azure CLI works here.",
       entra_chain_settings(), kManagedLife, &make_entra_chain},
      {"vault_approle", "A role of a vault that logs in with AppRole.", vault_approle_settings(),
       kVaultTokenLife, &make_vault_approle},
      {"vault_cert", "A TLS client certificate that a vault knows.", vault_cert_settings(), kVaultTokenLife,
       &make_vault_cert},
      {"vault_jwt", "A token signed by somebody whom a vault trusts, as a CI system.", vault_jwt_settings(),
       kVaultTokenLife, &make_vault_jwt},
      {"vault_kubernetes", "A pod's service account at a vault.", vault_kubernetes_settings(),
       kVaultTokenLife, &make_vault_kubernetes},
      {"vault_token", "A token of a vault that was made elsewhere.", vault_token_settings(), kVaultTokenLife,
       &make_vault_token},
      {"vault_userpass", "A user of a vault with a password.", vault_userpass_settings(), kVaultTokenLife,
       &make_vault_userpass},
  };
  return table;
}

const Type* find_type(std::string_view name) {
  for (const Type& type : types())
    if (type.name == name) return &type;
  return nullptr;
}

Result<std::unique_ptr<net::Authorizer>> make_identity(const config::Typed& settings,
                                                       const Context& context) {
  const std::string which = "identity '" + settings.name + "'";
  const Type* type = find_type(settings.type);
  if (type == nullptr)
    return fail(ErrorCode::configuration, which + " has unknown type '" + settings.type + "'");
  return TRY_WITH(type->make(settings, context), which);
}

}  // namespace scoped::identity
