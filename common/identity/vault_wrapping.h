// A secret id that came wrapped: its source holds a token of one use that the vault gives the secret id for.
// Whoever handed the token over could have used it, or put another one there; both are noticed. Not
// thread-safe.
#pragma once

#include "common/identity/vault_login.h"

#include <functional>
#include <string>

namespace scoped::identity {

class WrappedSecret {
 public:
  // `wrapped_at`: the path that must have made it, e.g. "auth/approle/role/NAME/secret-id".
  WrappedSecret(const Context& context, std::string wrapped_at, std::function<Result<Secret>()> read_token)
      : context_(context), wrapped_at_(std::move(wrapped_at)), read_token_(std::move(read_token)) {}

  // Unwraps once and keeps the secret in memory, until the source holds another token. login: the token was
  // used or has lapsed, or something else is wrapped in it; each says that somebody may have tampered with
  // it.
  Result<Secret> get();

 private:
  Result<> check_origin(const Secret& token);
  Result<Secret> unwrap(const Secret& token);

  Context context_;
  std::string wrapped_at_;
  std::function<Result<Secret>()> read_token_;
  Secret spent_;
  Secret kept_;
};

// data.creation_path of a lookup's answer, and data.secret_id of an unwrapping. unavailable: no such answer;
// it is never quoted.
Result<std::string> read_creation_path(const Secret& body);
Result<Secret> read_secret_id(const Secret& body);

}  // namespace scoped::identity
