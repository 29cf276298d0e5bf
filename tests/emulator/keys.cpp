#include "tests/emulator/keys.h"

#include "common/crypto/digest.h"

#include <future>

namespace scoped::emulator {
namespace {

constexpr int kBits = 2048;

crypto::CertificateRequest request_for(std::string name, Instant now) {
  crypto::CertificateRequest request;
  request.common_name = std::move(name);
  request.not_before = now - std::chrono::hours(1);
  request.not_after = now + std::chrono::hours(24 * 365);
  return request;
}

}  // namespace

Signer::Signer(crypto::PrivateKey key, crypto::Certificate certificate)
    : key_(std::move(key)), certificate_(std::move(certificate)) {
  json::Object header;
  header.set("alg", "RS256");
  header.set("typ", "JWT");
  header.set("x5c", json::Array{crypto::base64(certificate_.der)});
  header_ = json::dump(std::move(header));
}

Result<std::string> Signer::sign(const json::Object& claims) const {
  return key_.sign_compact(header_, json::dump(claims), false);
}

Result<json::Object> Signer::verify(std::string_view token) const {
  const crypto::Jws jws = TRY(crypto::verify_compact(token, certificate_));
  json::Value claims = TRY(json::parse(jws.payload_json));
  if (json::Object* object = claims.object()) return std::move(*object);
  return fail(ErrorCode::invalid_input, "the claims are no object");
}

Result<Keys> make_keys(const std::string& host, Instant now) {
  // Each takes a tenth of a second or a whole one, as luck has it.
  const auto make = [] { return crypto::PrivateKey::make_rsa(kBits); };
  auto client = std::async(std::launch::async, make);
  auto server = std::async(std::launch::async, make);
  const crypto::PrivateKey authority_key = TRY(make());
  auto request = request_for("acr-emulator authority", now);
  request.authority = true;
  const crypto::Certificate authority =
      TRY(crypto::make_certificate(authority_key, request, nullptr, nullptr));

  crypto::PrivateKey key = TRY(server.get());
  request = request_for(host, now);
  request.dns_names = {"localhost", "*.vault.azure.net"};
  if (host != "localhost") request.dns_names.push_back(host);
  request.ip_addresses = {"127.0.0.1"};
  crypto::Certificate certificate = TRY(crypto::make_certificate(key, request, &authority, &authority_key));
  crypto::PrivateKey client_key = TRY(client.get());
  crypto::Certificate client_certificate =
      TRY(crypto::make_certificate(client_key, request_for("acr-emulator client", now), nullptr, nullptr));
  return Keys{authority, Signer(std::move(key), std::move(certificate)), std::move(client_certificate),
              std::move(client_key)};
}

}  // namespace scoped::emulator
