// ARM's statuses as Errors: one line that says what was tried and what to do. Acts on the status alone; of
// the body only the identifier in error.code is shown. Pure.
#pragma once

#include "common/base/error.h"
#include "common/net/http.h"

#include <string>

namespace scoped::registry {

// What was tried, in the words of the error lines.
struct Attempt {
  std::string what;      // "generate 'password1' of token 'ci-main'"
  std::string missing;   // what a 404 says: "there is no token 'ci-main' in registry 'myRegistry'"
  std::string identity;  // its name in the configuration
  bool is_write = false;
};

// REQUIRES: a status that is no success. A write whose status is no refusal is `ambiguous`; all other errors
// say that nothing was done. not_found only when the 404 is ARM's own (it names a code): a proxy's 404 proves
// nothing, and a PUT after it would wipe a token's passwords.
Error error_of_answer(const net::Response& response, const Attempt& attempt);

// Adds what was tried, and the doubt where the cause leaves one.
Error error_of_write(Error cause, const Attempt& attempt);
// The cause as the error of a write that may have had its effect.
Error ambiguous_of(Error cause, const Attempt& attempt);

}  // namespace scoped::registry
