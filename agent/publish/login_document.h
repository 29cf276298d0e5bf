// The document in which Docker, podman and kubelet look for logins:
//   { "auths": { "HOST": { "auth": "base64 of USER:PASSWORD" } } }
// Changed by splicing, so that every byte that is not the login of this registry stays as it is. Pure. Errors
// quote nothing of a document.
#pragma once

#include "agent/publish/publisher.h"

#include <optional>
#include <string>
#include <string_view>

namespace scoped::publish {

// The document with this login; nothing where it has it. Blank text is an empty document. invalid_input: it
// is none of these.
Result<std::optional<Secret>> put_login(std::string_view document, const Login& login);

// The helper that a client asks for this registry instead of reading the login: that of "credHelpers", or of
// "credsStore" where the client heeds it. REQUIRES: put_login accepts the document.
std::optional<std::string> helper_before_login(std::string_view document, const std::string& host,
                                               bool heeds_store);

}  // namespace scoped::publish
