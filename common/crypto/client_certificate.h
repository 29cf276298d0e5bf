// What an application logs in with instead of a secret: a certificate and its key from one file, PEM or PFX
// (PKCS#12). Thread-safe once made.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/base/time.h"
#include "common/crypto/jws.h"

#include <string>
#include <string_view>

namespace scoped::crypto {

struct ClientCertificate {
  PrivateKey key;
  Certificate certificate;
  Instant not_before{};
  Instant not_after{};
};

// PEM is told by its "-----BEGIN"; everything else is PFX. `password` may be empty. invalid_input: neither,
// the password is wrong, no key or certificate in it, they do not belong together, or no RSA key of 2048 bits
// or more. A PFX that lost its last byte, a newline, is mended.
Result<ClientCertificate> parse_client_certificate(const Secret& bytes, const Secret& password);

// Of TLS, in two texts: whether they are a certificate and its key, both in PEM, of any kind and without a
// password; of a chain the first is the certificate. invalid_input: they are not.
Result<> check_pair(std::string_view certificate, const Secret& key);

// 20 raw bytes: what `x5t` of a JWS header wants of a certificate, and good for nothing else.
std::string sha1_thumbprint(const Certificate& certificate);

}  // namespace scoped::crypto
