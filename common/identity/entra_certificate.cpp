#include "common/identity/entra_certificate.h"

#include "common/config/load.h"
#include "common/crypto/client_certificate.h"
#include "common/crypto/digest.h"
#include "common/identity/bearer_cache.h"
#include "common/identity/entra_cloud.h"
#include "common/identity/entra_login.h"
#include "common/json/value.h"

#include <array>

namespace scoped::identity {
namespace {

constexpr std::chrono::minutes kAssertionLife{10};
constexpr std::chrono::minutes kClocksDiffer{5};

constexpr std::array kSettings = {
    kCloudRow,
    kAuthorityRow,
    kTenantRow,
    kClientIdRow,
    config::Setting{
        .name = "certificate",
        .kind = config::Kind::secret,
        .required = true,
        .doc = "Where its certificate with the private key is, PEM or PFX; read again at each login."},
    config::Setting{.name = "certificate_password",
                    .kind = config::Kind::secret,
                    .doc = "Where the password of that file is, if it has one."},
    config::Setting{.name = "signature",
                    .kind = config::Kind::choice,
                    .default_text = "ps256",
                    .choices = "ps256|rs256",
                    .doc = "How the assertion is signed; rs256 names the certificate by SHA-1, for old "
                           "installations of Entra."},
    kScopeRow,
    kEntraCaRow,
};

struct Flow {
  EntraApplication application;
  config::SecretSource source;
  std::optional<config::SecretSource> password;
  bool pss = true;
  const Context context;

  Result<crypto::ClientCertificate> read() const;
  Result<std::string> assertion(const crypto::ClientCertificate& certificate) const;
  Result<net::Response> log_in(const std::string& claims) const;
};

Result<crypto::ClientCertificate> Flow::read() const {
  const Secret bytes = TRY(config::read_secret(source, context.environment));
  Secret opening;
  if (password) opening = TRY(config::read_secret(*password, context.environment));
  auto certificate = TRY_WITH(crypto::parse_client_certificate(bytes, opening), "client certificate");
  const Instant now = context.clock.now();
  if (now >= certificate.not_after)
    return fail(ErrorCode::login, "the client certificate has expired on " +
                                      format_for_people(certificate.not_after) +
                                      ": make a new one, change certificate");
  if (now + kClocksDiffer < certificate.not_before)
    return fail(ErrorCode::login, "the client certificate is not valid before " +
                                      format_for_people(certificate.not_before) +
                                      ": check the clock of this machine");
  return certificate;
}

std::string guid(Random& random) {
  const std::string digits = random.hex(16);
  return digits.substr(0, 8) + "-" + digits.substr(8, 4) + "-4" + digits.substr(13, 3) + "-8" +
         digits.substr(17, 3) + "-" + digits.substr(20);
}

Result<std::string> Flow::assertion(const crypto::ClientCertificate& certificate) const {
  json::Object header;
  header.set("alg", pss ? "PS256" : "RS256");
  header.set("typ", "JWT");
  if (pss)
    header.set("x5t#S256", crypto::base64url(crypto::sha256(certificate.certificate.der)));
  else
    header.set("x5t", crypto::base64url(crypto::sha1_thumbprint(certificate.certificate)));
  const int64_t now = unix_seconds(context.clock.now());
  json::Object claims;
  claims.set("aud", application.token_url);
  claims.set("iss", application.client_id);
  claims.set("sub", application.client_id);
  claims.set("jti", guid(context.random));
  claims.set("nbf", now);
  claims.set("iat", now);
  claims.set("exp", now + std::chrono::seconds(kAssertionLife).count());
  return certificate.key.sign_compact(json::dump(std::move(header)), json::dump(std::move(claims)), pss);
}

Result<net::Response> Flow::log_in(const std::string& claims) const {
  const auto certificate = TRY(read());
  const Secret signed_text = Secret::take(TRY(assertion(certificate)));
  return log_in_to_entra(context, application, assertion_proof(signed_text.reveal()), claims);
}

}  // namespace

std::span<const config::Setting> entra_certificate_settings() { return kSettings; }

Result<std::unique_ptr<net::Authorizer>> make_entra_certificate(const config::Typed& settings,
                                                                const Context& context) {
  Flow flow{read_application(settings, context), settings.secret("certificate"), std::nullopt,
            settings.text_or("signature", "ps256") == "ps256", context};
  if (settings.has("certificate_password")) flow.password = settings.secret("certificate_password");
  (void)TRY(flow.read());  // to say it at start, not at night
  return make_bearer_cache(settings.name, context.clock, [flow = std::move(flow)](const std::string& claims) {
    return flow.log_in(claims);
  });
}

}  // namespace scoped::identity
