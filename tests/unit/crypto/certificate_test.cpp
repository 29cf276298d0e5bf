// Not tested here: what TLS clients think of the certificates, which the integration tests show with real
// ones.
#include "common/crypto/jws.h"
#include "tests/support/catch.h"
#include "tests/unit/crypto/vectors.h"

using namespace scoped;
using crypto::Certificate;
using crypto::CertificateRequest;
using crypto::PrivateKey;
using test::pem_of;

namespace {

const PrivateKey& key() {
  static const PrivateKey made =
      PrivateKey::parse_pem(Secret(pem_of("PRIVATE KEY", test::kRfc7515Key))).value();
  return made;
}

CertificateRequest request() {
  return {"localhost",
          {"localhost", "*.azurecr.io"},
          {"127.0.0.1", "::1"},
          parse_rfc3339("2026-01-01T00:00:00Z").value(),
          parse_rfc3339("2066-01-01T00:00:00Z").value(),
          false};
}

std::string problem_of(const CertificateRequest& asked) {
  const auto made = crypto::make_certificate(key(), asked, nullptr, nullptr);
  if (made) return "made";
  return made.error().code() == ErrorCode::invalid_input ? made.error().line() : "another code";
}

bool holds(const Certificate& certificate, std::string_view der) {
  return certificate.der.find(der) != std::string::npos;
}

// Extensions as DER, each an OCTET STRING that wraps its value.
constexpr std::string_view kIsAuthority{"\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff", 15};
constexpr std::string_view kIsNoAuthority{"\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x02\x30\x00", 12};
constexpr std::string_view kMaySignCertificates{"\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x01\x86",
                                                14};
constexpr std::string_view kMaySignAndEncipher{"\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x05\xa0",
                                               14};
constexpr std::string_view kServer{"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01", 10};

}  // namespace

TEST_CASE("a server's certificate carries its names and uses", "[crypto]") {
  const Certificate made = crypto::make_certificate(key(), request(), nullptr, nullptr).value();
  CHECK(holds(made, "\x82\x09localhost"));
  CHECK(holds(made, "\x82\x0c*.azurecr.io"));
  CHECK(holds(made, std::string_view("\x87\x04\x7f\x00\x00\x01", 6)));
  CHECK(holds(made, std::string_view("\x87\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 18)));
  CHECK(holds(made, kIsNoAuthority));
  CHECK(holds(made, kMaySignAndEncipher));
  CHECK(holds(made, kServer));
  CHECK(holds(made,
              "\x17\x0d"
              "260101000000Z"));
  CHECK(holds(made,
              "\x18\x0f"
              "20660101000000Z"));
}

TEST_CASE("an authority may sign certificates and is no server", "[crypto]") {
  CertificateRequest asked = request();
  asked.authority = true;
  asked.dns_names.clear();
  asked.ip_addresses.clear();
  const Certificate made = crypto::make_certificate(key(), asked, nullptr, nullptr).value();
  CHECK(holds(made, kIsAuthority));
  CHECK(holds(made, kMaySignCertificates));
  CHECK_FALSE(holds(made, kServer));
  CHECK_FALSE(holds(made, "\x82\x09localhost"));
}

TEST_CASE("an issued certificate names its issuer and verifies tokens of its own key", "[crypto]") {
  CertificateRequest authority = request();
  authority.authority = true;
  authority.common_name = "the authority";
  const PrivateKey authority_key = PrivateKey::make_rsa(2048).value();
  const Certificate issuer = crypto::make_certificate(authority_key, authority, nullptr, nullptr).value();
  const Certificate made = crypto::make_certificate(key(), request(), &issuer, &authority_key).value();
  CHECK(holds(made, "the authority"));
  CHECK_FALSE(holds(crypto::make_certificate(key(), request(), nullptr, nullptr).value(), "the authority"));
  const std::string token = key().sign_compact(R"({"alg":"RS256"})", "{}", false).value();
  CHECK(crypto::verify_compact(token, made));
  CHECK_FALSE(crypto::verify_compact(token, issuer));
}

TEST_CASE("no two certificates have one serial number", "[crypto]") {
  CHECK(crypto::make_certificate(key(), request(), nullptr, nullptr).value().der !=
        crypto::make_certificate(key(), request(), nullptr, nullptr).value().der);
}

TEST_CASE("a certificate survives its PEM form", "[crypto]") {
  const Certificate made = crypto::make_certificate(key(), request(), nullptr, nullptr).value();
  const Certificate again = crypto::parse_certificate("some text before\n" + made.pem + made.pem).value();
  CHECK(again.pem == made.pem);
  CHECK(again.der == made.der);
}

TEST_CASE("a certificate that makes no sense is refused with the reason", "[crypto]") {
  const auto with = [](auto change) {
    CertificateRequest asked = request();
    change(asked);
    return problem_of(asked);
  };
  CHECK(with([](auto& asked) { asked.not_after = asked.not_before; }) ==
        "a certificate that ends before it begins");
  CHECK(with([](auto& asked) { asked.common_name = ""; }).starts_with("common name '' is empty or too long"));
  CHECK(with([](auto& asked) { asked.common_name = std::string(65, 'x'); }).find("too long") !=
        std::string::npos);
  CHECK(with([](auto& asked) { asked.dns_names = {"a,DNS:b"}; }) == "'a,DNS:b' is no DNS name");
  CHECK(with([](auto& asked) { asked.dns_names = {""}; }) == "'' is no DNS name");
  CHECK(
      with([](auto& asked) { asked.ip_addresses = {"127.0.0"}; }).starts_with("'127.0.0' is no IP address"));
  CHECK(with([](auto&) {}) == "made");
}

TEST_CASE("an issuer needs its certificate and the key of it", "[crypto]") {
  CertificateRequest asked = request();
  asked.authority = true;
  const Certificate issuer = crypto::make_certificate(key(), asked, nullptr, nullptr).value();
  const PrivateKey other = PrivateKey::make_rsa(2048).value();
  const auto problem = [&](const Certificate* by, const PrivateKey* by_key) {
    return crypto::make_certificate(other, request(), by, by_key).error().line();
  };
  CHECK(problem(&issuer, nullptr) == "an issuer needs its certificate and its key");
  CHECK(problem(nullptr, &other) == "an issuer needs its certificate and its key");
  CHECK(problem(&issuer, &other).starts_with("the issuer's key is not the key of its certificate"));
  const Certificate broken{"x", "x"};
  CHECK(problem(&broken, &other).starts_with("issuer: no certificate in PEM form"));
}

TEST_CASE("what is no certificate is refused", "[crypto]") {
  const std::string pem = GENERATE(std::string(), std::string("x"), pem_of("CERTIFICATE", "AAAA"),
                                   pem_of("PRIVATE KEY", test::kEllipticKey),
                                   pem_of("CERTIFICATE", test::kEllipticCertificate.substr(0, 200)));
  const auto parsed = crypto::parse_certificate(pem);
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().code() == ErrorCode::invalid_input);
  CHECK(parsed.error().line().starts_with("no certificate in PEM form"));
}
