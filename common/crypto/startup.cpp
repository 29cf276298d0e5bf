#include "common/crypto/startup.h"

#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

namespace scoped::crypto {

void skip_openssl_configuration() {
  constexpr uint64_t kLean = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                             OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS;
  OPENSSL_init_crypto(kLean, nullptr);
}

void load_openssl_configuration() {
  CONF_modules_load_file(
      nullptr, nullptr,
      CONF_MFLAGS_DEFAULT_SECTION | CONF_MFLAGS_IGNORE_MISSING_FILE | CONF_MFLAGS_IGNORE_RETURN_CODES);
  ERR_clear_error();
}

}  // namespace scoped::crypto
