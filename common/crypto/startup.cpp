#include "common/crypto/startup.h"

#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <initializer_list>

namespace scoped::crypto {

void skip_openssl_configuration() {
  constexpr uint64_t kLean = OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
                             OPENSSL_INIT_NO_ADD_ALL_DIGESTS | OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS;
  OPENSSL_init_crypto(kLean, nullptr);
}

namespace {

// What OPENSSL_INIT_NO_ADD_ALL_DIGESTS left out cannot be made up for by another init. A signature of a
// certificate is looked up by name; one whose digest is not found counts as too weak.
void add_digests_of_certificates() {
  for (const EVP_MD* digest : {EVP_sha1(), EVP_sha224(), EVP_sha256(), EVP_sha384(), EVP_sha512(),
                               EVP_sha512_256(), EVP_sha3_256(), EVP_sha3_384(), EVP_sha3_512()})
    EVP_add_digest(digest);
}

}  // namespace

void load_openssl_configuration() {
  add_digests_of_certificates();
  CONF_modules_load_file(
      nullptr, nullptr,
      CONF_MFLAGS_DEFAULT_SECTION | CONF_MFLAGS_IGNORE_MISSING_FILE | CONF_MFLAGS_IGNORE_RETURN_CODES);
  ERR_clear_error();
}

}  // namespace scoped::crypto
