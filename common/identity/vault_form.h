// What a login posts to a vault: a path and the members of a JSON object, read anew for each login. From the
// same form OpenBao takes an inline login: headers of the very request that needs it, so that a program which
// is started for one pull leaves no token behind and needs no second request.
#pragma once

#include "common/config/config.h"
#include "common/identity/vault_login.h"
#include "common/net/http.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace scoped::identity {

struct VaultForm {
  std::string path;  // below /v1/, escaped
  std::vector<std::pair<std::string, Secret>> members = {};
  std::shared_ptr<const net::ClientCertificate> certificate =
      {};  // shown to the vault; only a form without one can go inline
};
using VaultFormSource = std::function<Result<VaultForm>()>;

Result<VaultLease> post_form(const Context& context, const VaultForm& form);

// The headers of OpenBao 2.4 and later; any other vault passes them over and refuses the request.
void add_inline_login(net::Request& request, const VaultForm& form);

// An identity that logs in with that form: reads it once at once, to say at start what is missing.
Result<std::unique_ptr<net::Authorizer>> make_form_login(std::string name, const Context& context,
                                                         const VaultFormSource& form);

// "auth/MOUNT/login". configuration: an empty part, "." or "..".
Result<std::string> login_path(std::string mount);
// A secret of the configuration without blanks at its ends. Errors begin with the setting's name.
Result<Secret> read_plain(const config::Typed& settings, const std::string& setting,
                          const Environment& environment);

}  // namespace scoped::identity
