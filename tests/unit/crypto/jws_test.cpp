// Not tested here: claims and times, which are the caller's, and whether a header is JSON at all.
#include "common/crypto/jws.h"

#include "common/crypto/digest.h"
#include "tests/support/catch.h"
#include "tests/unit/crypto/vectors.h"

using namespace scoped;
using crypto::PrivateKey;
using test::pem_of;

namespace {

const std::string kRs256 = R"({"alg":"RS256"})";
const std::string kPs256 = R"({"typ":"JWT","alg":"PS256"})";
const std::string kRfcPayload =
    "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

const PrivateKey& rfc_key() {
  static const PrivateKey key =
      PrivateKey::parse_pem(Secret(pem_of("PRIVATE KEY", test::kRfc7515Key))).value();
  return key;
}

crypto::Certificate certificate_of(const PrivateKey& key) {
  return crypto::make_certificate(key, {"signer", {}, {}, from_unix_seconds(0), from_unix_seconds(1), false},
                                  nullptr, nullptr)
      .value();
}

const crypto::Certificate& rfc_signer() {
  static const crypto::Certificate certificate = certificate_of(rfc_key());
  return certificate;
}

std::string token_of(const std::string& header, const std::string& payload, std::string_view signature) {
  return crypto::base64url(header) + "." + crypto::base64url(payload) + "." + std::string(signature);
}

std::string rfc_token() { return token_of(kRs256, kRfcPayload, test::kRfc7515Signature); }

std::string problem_of(const std::string& token) {
  const auto verified = crypto::verify_compact(token, rfc_signer());
  if (verified) return "accepted";
  return std::string(name_of(verified.error().code())) + ": " + verified.error().line();
}

constexpr const char* kWrongSignature = "signed token: its signature is not by this key";

}  // namespace

TEST_CASE("the example of RFC 7515 appendix A.2 is signed and verified", "[crypto]") {
  CHECK(rfc_key().sign_compact(kRs256, kRfcPayload, false).value() == rfc_token());
  const auto verified = crypto::verify_compact(rfc_token(), rfc_signer());
  REQUIRE(verified);
  CHECK(verified->header_json == kRs256);
  CHECK(verified->payload_json == kRfcPayload);
}

TEST_CASE("a PS256 signature of another implementation is verified", "[crypto]") {
  const std::string token = token_of(R"({"alg":"PS256"})", "{}", test::kPssSignature);
  CHECK(problem_of(token) == "accepted");
}

TEST_CASE("what is signed is verified, with either algorithm", "[crypto]") {
  const auto [header, pss] = GENERATE(table<std::string, bool>({{kRs256, false}, {kPs256, true}}));
  const std::string token = rfc_key().sign_compact(header, R"({"a":1})", pss).value();
  const auto verified = crypto::verify_compact(token, rfc_signer());
  REQUIRE(verified);
  CHECK(verified->header_json == header);
  CHECK(verified->payload_json == R"({"a":1})");
}

TEST_CASE("a signature of one algorithm is none of the other", "[crypto]") {
  CHECK(problem_of(token_of(R"({"alg":"RS256"})", "{}", test::kPssSignature)).ends_with(kWrongSignature));
  CHECK(problem_of(token_of(R"({"alg":"PS256"})", kRfcPayload, test::kRfc7515Signature))
            .ends_with(kWrongSignature));
}

TEST_CASE("only RS256 and PS256 are verified, whatever the signature", "[crypto]") {
  const std::string header =
      GENERATE("{}", R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":"RS512"})", R"({"alg":"rs256"})",
               R"({"alg":""})", R"({"alg":null})", R"({"alg":["RS256"]})", R"({"x":{"alg":"RS256"}})",
               R"({"alg":"RS256","alg":"none"})", R"({"alg":"none","alg":"RS256"})",
               R"({"\u0061lg":"none","alg":"RS256"})", R"(["alg","RS256"])", R"({"x":"alg","y":"RS256"})",
               R"({"alg":"RS256)", R"({"alg")", R"({"alg":)", R"("alg":"RS256")",
               R"({"alg":"RS\u0032\u0035\u0036"})", R"({"x":"\",\"alg\":\"RS256"})", "not json");
  CAPTURE(header);
  CHECK(problem_of(token_of(header, kRfcPayload, test::kRfc7515Signature)) ==
        "invalid_input: signed token: its header names neither RS256 nor PS256 as 'alg'");
  CHECK_FALSE(rfc_key().sign_compact(header, "{}", false));
  CHECK_FALSE(rfc_key().sign_compact(header, "{}", true));
}

TEST_CASE("the algorithm is found wherever it stands at the top level", "[crypto]") {
  const std::string header =
      GENERATE(R"({ "kid" : "a\"b" , "x5c" : ["alg", {"alg":"none"}] , "alg" : "RS256" })",
               "{\"typ\":\"alg\",\n\t\"alg\"\r\n:\"RS256\"}");
  CAPTURE(header);
  CHECK(problem_of(rfc_key().sign_compact(header, "{}", false).value()) == "accepted");
}

TEST_CASE("signing wants a header that names its algorithm", "[crypto]") {
  CHECK(rfc_key().sign_compact(kPs256, "{}", false).error().line() ==
        "sign a token: its header must name RS256 as 'alg'");
  CHECK(rfc_key().sign_compact(kRs256, "{}", true).error().line() ==
        "sign a token: its header must name PS256 as 'alg'");
}

TEST_CASE("a token does not verify after any character of it was altered", "[crypto]") {
  const std::string token = rfc_token();
  size_t accepted = 0;
  for (size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    accepted += problem_of(altered) == "accepted";
    accepted += problem_of(token.substr(0, i)) == "accepted";
  }
  CHECK(accepted == 0);
}

TEST_CASE("a token that is none is refused with the reason", "[crypto]") {
  const auto [token, reason] = GENERATE(table<std::string, std::string>({
      {"", "it does not have three parts"},
      {"e30.e30", "it does not have three parts"},
      {"e30.e30.e30.e30", "it does not have three parts"},
      {"e30..e30", "its payload is empty or padded"},
      {".e30.e30", "its header is empty or padded"},
      {"e30.e30.", "its signature is empty or padded"},
      {"e30=.e30.e30", "its header is empty or padded"},
      {"e30.e3 0.e30", "its payload: character 3 is not base64"},
      {std::string(1 << 20, 'A') + ".e30.e30", "it is too long"},
  }));
  CHECK(problem_of(token) == "invalid_input: signed token: " + reason);
  CHECK_FALSE(crypto::peek_compact(token));
}

TEST_CASE("a token is verified by its own signer only", "[crypto]") {
  const PrivateKey other = PrivateKey::make_rsa(2048).value();
  const auto refused = crypto::verify_compact(rfc_token(), certificate_of(other));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == ErrorCode::denied);
  CHECK_FALSE(crypto::verify_compact(rfc_token(), crypto::Certificate{}));
  const auto elliptic =
      crypto::verify_compact(rfc_token(), {pem_of("CERTIFICATE", test::kEllipticCertificate), ""});
  REQUIRE_FALSE(elliptic);
  CHECK(elliptic.error().line() == "signed token: signer: the key is not an RSA key");
}

TEST_CASE("looking at a token does not verify it", "[crypto]") {
  const auto seen = crypto::peek_compact(token_of(R"({"alg":"none"})", R"({"exp":1})", "AAAA"));
  REQUIRE(seen);
  CHECK(seen->header_json == R"({"alg":"none"})");
  CHECK(seen->payload_json == R"({"exp":1})");
}

TEST_CASE("a private key survives its PEM form", "[crypto]") {
  const Secret pem = rfc_key().pem();
  CHECK(pem.reveal() == pem_of("PRIVATE KEY", test::kRfc7515Key));
  const PrivateKey again = PrivateKey::parse_pem(pem).value();
  CHECK(again.sign_compact(kRs256, kRfcPayload, false).value() == rfc_token());
}

TEST_CASE("what is no usable private key is refused and nobody is asked for a passphrase", "[crypto]") {
  const auto [pem, reason] = GENERATE(table<std::string, std::string>({
      {"", "no private key in PEM form"},
      {"SeCrEt", "no private key in PEM form"},
      {pem_of("PRIVATE KEY", "SeCrEt"), "no private key in PEM form"},
      {pem_of("CERTIFICATE", test::kEllipticCertificate), "no private key in PEM form"},
      {pem_of("ENCRYPTED PRIVATE KEY", test::kEncryptedKey), "no private key in PEM form"},
      {pem_of("PRIVATE KEY", test::kEllipticKey), "the key is not an RSA key"},
      {pem_of("PRIVATE KEY", test::kSmallRsaKey), "an RSA key of 1024 bits, expected 2048 to 8192"},
      {pem_of("PRIVATE KEY", test::kRfc7515Key.substr(0, 800)), "no private key in PEM form"},
  }));
  const auto key = PrivateKey::parse_pem(Secret(pem));
  REQUIRE_FALSE(key);
  CHECK(key.error().code() == ErrorCode::invalid_input);
  CHECK(key.error().line().starts_with(reason));
  CHECK(key.error().line().find("SeCrEt") == std::string::npos);
}

TEST_CASE("a key is made in sizes that are safe and affordable", "[crypto]") {
  CHECK_FALSE(PrivateKey::make_rsa(1024));
  CHECK_FALSE(PrivateKey::make_rsa(-1));
  CHECK_FALSE(PrivateKey::make_rsa(1 << 20));
}
