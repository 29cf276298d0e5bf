#include "tests/emulator/assertions.h"

#include "common/crypto/digest.h"
#include "tests/emulator/claims.h"

#include <fmt/format.h>
#include <openssl/evp.h>

namespace scoped::emulator {
namespace {

constexpr std::string_view kExchange = "api://AzureADTokenExchange";
constexpr std::chrono::minutes kSkew{5};

tl::unexpected<Refusal> no(int status, int64_t number, std::string message) {
  return refuse(status, fmt::format("AADSTS{}", number), std::move(message));
}

Outcome<json::Object> object_in(const std::string& text) {
  auto value = json::parse(text);
  if (!value || value->object() == nullptr) return no(400, 50027, "JWT token is invalid or malformed.");
  return std::move(*value->object());
}

std::string sha1(std::string_view bytes) {
  std::string digest(20, '\0');
  const int done = EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                              nullptr, EVP_sha1(), nullptr);
  CHECK_INVARIANT(done == 1);
  return digest;
}

// Clients name the certificate by the one or the other; some pad the text.
bool names_certificate(const json::Object& header, const crypto::Certificate& certificate) {
  const auto is = [&](std::string_view member, const std::string& digest) {
    const std::string given = text_claim(header, member);
    const auto bytes = crypto::parse_base64url(given);
    return !given.empty() && bytes && *bytes == digest;
  };
  return is("x5t#S256", crypto::sha256(certificate.der)) || is("x5t", sha1(certificate.der));
}

Outcome<> check_times(const json::Object& claims, Instant now) {
  const auto ends = date_claim(claims, "exp");
  const auto begins = date_claim(claims, "nbf");
  if (!ends || now >= *ends || (begins && *begins > now + kSkew))
    return no(401, 700024, "Client assertion is not within its valid time range.");
  return {};
}

bool is_token_endpoint(const Turn& turn, const std::string& audience) {
  const std::string& control = turn.site.parts.addresses.control;
  const std::string& tenant = turn.site.model.facts().tenant;
  return audience == fmt::format("{}/adfs/oauth2/token", control) ||
         same_name(audience, fmt::format("{}/{}/oauth2/v2.0/token", control, tenant)) ||
         same_name(audience, fmt::format("{}/{}/v2.0", control, tenant));
}

Outcome<> check_signed_by_application(const Turn& turn, std::string_view assertion,
                                      const json::Object& header, const json::Object& claims) {
  const std::string& client_id = turn.site.model.facts().client_id;
  const crypto::Certificate& certificate = turn.site.parts.client_certificate;
  if (!names_certificate(header, certificate) || !crypto::verify_compact(assertion, certificate))
    return no(401, 700027, "Client assertion failed signature validation.");
  if (!same_name(text_claim(claims, "sub"), client_id))
    return no(401, 700021, "Client assertion application identifier doesn't match 'client_id' parameter.");
  if (!is_token_endpoint(turn, text_claim(claims, "aud")))
    return no(401, 700023,
              fmt::format("Client assertion audience claim '{}' does not match Realm issuer.",
                          text_claim(claims, "aud")));
  return check_times(claims, turn.now);
}

Outcome<> check_federated(const Turn& turn, std::string_view assertion, const json::Object& claims) {
  const Parts& parts = turn.site.parts;
  if (text_claim(claims, "iss") != federation_issuer(parts.addresses.control) ||
      text_claim(claims, "sub") != kFederatedSubject || text_claim(claims, "aud") != kExchange)
    return no(400, 70021, "No matching federated identity record found for presented assertion.");
  if (!parts.signer.verify(assertion))
    return no(401, 700027, "Client assertion failed signature validation.");
  return check_times(claims, turn.now);
}

}  // namespace

std::string federation_issuer(std::string_view control) { return fmt::format("{}/federation", control); }

Result<std::string> make_federated_token(const Signer& signer, std::string_view control, Instant now,
                                         std::chrono::seconds life) {
  json::Object claims;
  claims.set("iss", federation_issuer(control));
  claims.set("sub", kFederatedSubject);
  claims.set("aud", kExchange);
  claims.set("iat", unix_seconds(now));
  claims.set("nbf", unix_seconds(now));
  claims.set("exp", unix_seconds(now + life));
  return signer.sign(claims);
}

Outcome<> check_assertion(const Turn& turn, std::string_view assertion) {
  const auto jws = crypto::peek_compact(assertion);
  if (!jws) return no(400, 50027, "JWT token is invalid or malformed.");
  const json::Object header = TRY(object_in(jws->header_json));
  const json::Object claims = TRY(object_in(jws->payload_json));
  if (same_name(text_claim(claims, "iss"), turn.site.model.facts().client_id))
    return check_signed_by_application(turn, assertion, header, claims);
  return check_federated(turn, assertion, claims);
}

}  // namespace scoped::emulator
