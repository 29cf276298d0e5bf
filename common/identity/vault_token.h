// A token of a vault that somebody else has made: from its configured source, or, in a user's own file, from
// $BAO_TOKEN, $VAULT_TOKEN, the token helper of the vault's own client, or ~/.vault-token ($BAO_TOKEN_PATH),
// where 'bao login' and 'vault login' leave it.
#pragma once

#include "common/identity/identity.h"

namespace scoped::identity {

std::span<const config::Setting> vault_token_settings();
Result<std::unique_ptr<net::Authorizer>> make_vault_token(const config::Typed& settings,
                                                          const Context& context);

}  // namespace scoped::identity
