// What this folder's files share about keys and certificates. OpenSSL's types are only named here.
#pragma once

#include "common/base/handle.h"
#include "common/crypto/jws.h"

struct evp_pkey_st;
struct x509_st;

namespace scoped::crypto {

void free_key(evp_pkey_st* key);
void free_x509(x509_st* certificate);
using KeyHandle = Handle<evp_pkey_st, free_key>;
using X509Handle = Handle<x509_st, free_x509>;

struct PrivateKey::Impl {
  KeyHandle key;
};

// The first certificate of a PEM text. Error: invalid_input.
Result<X509Handle> read_x509(std::string_view pem);
// Its public key; invalid_input unless it is RSA of at least 2048 bits.
Result<KeyHandle> rsa_key_of(x509_st* certificate);
// invalid_input unless the key is RSA of at least 2048 bits.
Result<> check_rsa(const evp_pkey_st* key);

}  // namespace scoped::crypto
