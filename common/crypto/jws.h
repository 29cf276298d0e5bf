// Signing keys, certificates and compact JWS. The private key never leaves the object. Thread-safe once made.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/base/time.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::crypto {

class PrivateKey {
 public:
  static Result<PrivateKey> make_rsa(int bits);
  static Result<PrivateKey> parse_pem(const Secret& pem);
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();
  Secret pem() const;  // PKCS#8
  // RFC 7515 compact form; `header_json` must carry alg RS256 or PS256 as given.
  Result<std::string> sign_compact(std::string_view header_json, std::string_view payload_json,
                                   bool pss) const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit PrivateKey(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct CertificateRequest {
  std::string common_name;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  Instant not_before;
  Instant not_after;
  bool authority = false;
};

struct Certificate {
  std::string pem;
  std::string der;
};

// Self-signed when issuer is null.
Result<Certificate> make_certificate(const PrivateKey& key, const CertificateRequest& request,
                                     const Certificate* issuer, const PrivateKey* issuer_key);
Result<Certificate> parse_certificate(std::string_view pem);

struct Jws {
  std::string header_json;
  std::string payload_json;
};
// Verifies the signature (RS256 or PS256 as the header says) under the certificate's key; claims are the
// caller's.
Result<Jws> verify_compact(std::string_view compact, const Certificate& signer);
// The parts without verification, for looking only.
Result<Jws> peek_compact(std::string_view compact);

}  // namespace scoped::crypto
