#include "common/crypto/client_certificate.h"

#include "common/crypto/digest.h"
#include "tests/support/catch.h"
#include "tests/unit/crypto/client_certificates.h"

using namespace scoped;
using namespace scoped::crypto;

namespace {

const std::string kSha1 = "1f27bc849fe4d0dc5921aefdfd39a782d8fbc732";

Secret bytes_of(const char* text) { return Secret::take(parse_base64(text).value()); }

Result<ClientCertificate> parse(const Secret& bytes, std::string_view password) {
  return parse_client_certificate(bytes, Secret(password));
}

std::string thumbprint(const Result<ClientCertificate>& parsed) {
  if (!parsed) return parsed.error().line();
  return hex(sha1_thumbprint(parsed->certificate));
}

}  // namespace

TEST_CASE("a PFX and an encrypted PEM open with their password", "[crypto]") {
  CHECK(thumbprint(parse(bytes_of(test::kPfx), "open-sesame")) == kSha1);
  CHECK(thumbprint(parse(bytes_of(test::kPfxWithoutPassword), "")) == kSha1);
  CHECK(thumbprint(parse(bytes_of(test::kEncryptedPem), "open-sesame")) == kSha1);
  const auto parsed = parse(bytes_of(test::kPfx), "open-sesame");
  CHECK(parsed->not_after - parsed->not_before == std::chrono::days(36'500));
  const auto compact = parsed->key.sign_compact(R"({"alg":"PS256"})", "{}", true).value();
  CHECK(verify_compact(compact, parsed->certificate));
}

TEST_CASE("a wrong password is told from a file that is damaged as far as that can be", "[crypto]") {
  for (const char* password : {"", "wrong"}) {
    CHECK(parse(bytes_of(test::kPfx), password)
              .error()
              .line()
              .starts_with("the PFX does not open: its password"));
    CHECK(parse(bytes_of(test::kEncryptedPem), password)
              .error()
              .line()
              .starts_with("no private key in PEM form, or its password is wrong"));
  }
  const std::string whole = parse_base64(test::kPfx).value();
  CHECK(parse(Secret(whole.substr(0, 100)), "open-sesame").error().line().starts_with("neither PEM nor PFX"));
  CHECK(parse(Secret(whole.substr(1)), "open-sesame").error().line().starts_with("neither PEM nor PFX"));
}

TEST_CASE("a PFX that lost a newline at its end opens", "[crypto]") {
  std::string bytes = parse_base64(test::kPfxEndingInNewline).value();
  REQUIRE(bytes.ends_with('\n'));
  CHECK(thumbprint(parse(Secret(bytes), "open-sesame")) == kSha1);
  bytes.pop_back();
  CHECK(thumbprint(parse(Secret(bytes), "open-sesame")) == kSha1);
}

TEST_CASE("a PFX without a key is refused", "[crypto]") {
  CHECK(parse(bytes_of(test::kPfxWithoutKey), "open-sesame")
            .error()
            .line()
            .starts_with("the PFX lacks a private key or its certificate"));
}

TEST_CASE("nothing and too much are refused", "[crypto]") {
  CHECK(parse(Secret(), "").error().code() == ErrorCode::invalid_input);
  CHECK(parse(Secret(std::string((1 << 20) + 1, 'x')), "").error().code() == ErrorCode::invalid_input);
}

TEST_CASE("two texts are a pair where the key is the certificate's", "[crypto]") {
  const auto made = [] {
    auto key = PrivateKey::make_rsa(2048).value();
    CertificateRequest request;
    request.common_name = "me";
    request.not_before = parse_rfc3339("2020-01-01T00:00:00Z").value();
    request.not_after = parse_rfc3339("2049-01-01T00:00:00Z").value();
    return std::pair(make_certificate(key, request, nullptr, nullptr).value().pem, key.pem());
  };
  const auto ours = made(), others = made();
  CHECK(check_pair(ours.first, ours.second));
  CHECK(check_pair(ours.first + others.first, ours.second));
  CHECK(
      check_pair(ours.first, others.second).error().line().starts_with("the private key is not the certif"));
  CHECK(check_pair(others.first + ours.first, ours.second).error().code() == ErrorCode::invalid_input);
  CHECK(check_pair("", ours.second).error().line().starts_with("no certificate in PEM form"));
  CHECK(check_pair(ours.first, Secret()).error().line().starts_with("no private key in PEM form"));
  CHECK(check_pair(ours.first, bytes_of(test::kEncryptedPem)).error().line().find("password") !=
        std::string::npos);
  CHECK_FALSE(check_pair(std::string((1 << 20) + 1, 'x'), ours.second));
}
