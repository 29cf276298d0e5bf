// The keys of one run: a certificate authority, under it the one key that serves TLS and signs bearers and
// access tokens (one, because making a key takes longer than everything else at start), and the key of the
// application that logs in at Entra. They are made at start and gone at the end. Thread-safe once made.
#pragma once

#include "common/crypto/jws.h"
#include "common/json/value.h"

#include <string>
#include <string_view>

namespace scoped::emulator {

// Signs and checks JWTs (RS256) with a certificate of the authority in their header, as CNCF Distribution
// wants it.
class Signer {
 public:
  Signer(crypto::PrivateKey key, crypto::Certificate certificate);

  Result<std::string> sign(const json::Object& claims) const;
  // The claims of a token that this signer made; whether they are still good is the caller's question.
  Result<json::Object> verify(std::string_view token) const;

  const crypto::Certificate& certificate() const { return certificate_; }
  Secret key_pem() const { return key_.pem(); }

 private:
  crypto::PrivateKey key_;
  crypto::Certificate certificate_;
  std::string header_;
};

struct Keys {
  crypto::Certificate authority;
  Signer signer;
  crypto::Certificate client;  // of the application that logs in at Entra, with its key
  crypto::PrivateKey client_key;
};

// Under an authority of its own, with a certificate for `host`, localhost and 127.0.0.1.
Result<Keys> make_keys(const std::string& host, Instant now);

}  // namespace scoped::emulator
