#include "common/identity/entra_secret.h"
#include "common/identity/identity.h"
#include "common/identity/vault_approle.h"
#include "common/identity/vault_token.h"

#include <vector>

namespace scoped::identity {
namespace {

constexpr std::chrono::hours kVaultTokenLife{768};  // what a vault allows where nobody set another limit

}  // namespace

std::span<const Type> types() {
  static const std::vector<Type> table = {
      {"entra_secret", "An Entra application that logs in with a client secret.", entra_secret_settings(),
       std::chrono::minutes(90), &make_entra_secret},
      {"vault_approle", "A role of a vault that logs in with AppRole.", vault_approle_settings(),
       kVaultTokenLife, &make_vault_approle},
      {"vault_token", "A token of a vault that was made elsewhere.", vault_token_settings(), kVaultTokenLife,
       &make_vault_token},
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
