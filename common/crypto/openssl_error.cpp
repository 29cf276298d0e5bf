#include "common/crypto/openssl_error.h"

#include <openssl/err.h>

namespace scoped::crypto {

Error openssl_error(ErrorCode code, std::string what) {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  if (reason != nullptr) what.append(": ").append(reason);
  return Error(code, std::move(what));
}

}  // namespace scoped::crypto
