#include "tests/emulator/bearers.h"

#include "tests/emulator/claims.h"
#include "tests/emulator/model.h"
#include "tests/emulator/times.h"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace scoped::emulator {
namespace {

struct Audience {
  std::string_view resource;
  Accepts by;  // ARM's by all
};
constexpr std::array<Audience, 4> kAudiences = {Audience{"https://management.azure.com", Accepts::arm},
                                                {"https://management.core.windows.net", Accepts::arm},
                                                {"https://containerregistry.azure.net", Accepts::registry},
                                                {"https://api.loganalytics.io", Accepts::log_analytics}};

std::string issuer_of(std::string_view tenant) { return fmt::format("https://sts.windows.net/{}/", tenant); }

json::Value numeric_date(Instant at) {
  const int64_t milliseconds = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
  if (milliseconds % 1000 == 0) return milliseconds / 1000;
  return static_cast<double>(milliseconds) / 1000;
}

bool is_for(Accepts who, std::string_view audience, std::string_view control) {
  while (audience.ends_with('/')) audience.remove_suffix(1);
  if (audience == control) return true;
  for (const Audience& known : kAudiences)
    if (audience == known.resource && (known.by == Accepts::arm || known.by == who))
      return who != Accepts::key_vault;
  return false;
}

}  // namespace

Result<std::string> make_bearer(const Signer& signer, const Grant& grant, Instant now,
                                std::chrono::seconds life, Random& random) {
  json::Object claims;
  claims.set("aud", grant.resource);
  claims.set("iss", issuer_of(grant.tenant));
  claims.set("iat", unix_seconds(now));
  claims.set("nbf", unix_seconds(now));
  claims.set("exp", numeric_date(now + life));
  claims.set("appid", grant.client_id);
  claims.set("appidacr", "1");
  claims.set("idtyp", "app");
  claims.set("oid", grant.client_id);
  claims.set("sub", grant.client_id);
  claims.set("tid", grant.tenant);
  claims.set("uti", make_guid(random));
  claims.set("ver", "1.0");
  return signer.sign(claims);
}

Outcome<std::string> check_bearer(const Signer& signer, std::string_view bearer, std::string_view tenant,
                                  std::string_view control, Instant now, Accepts who) {
  const auto claims = signer.verify(bearer);
  const auto ends = claims ? date_claim(*claims, "exp") : std::nullopt;
  if (!claims || text_claim(*claims, "iss") != issuer_of(tenant) || !ends)
    return refuse(401, "InvalidAuthenticationToken", "The access token is invalid.");
  if (!is_for(who, text_claim(*claims, "aud"), control))
    return refuse(401, "InvalidAuthenticationTokenAudience",
                  fmt::format("The access token is for the audience '{}'.", text_claim(*claims, "aud")));
  if (now >= *ends)
    return refuse(401, "ExpiredAuthenticationToken",
                  fmt::format("The access token expiry UTC time '{}' is earlier than current UTC time '{}'.",
                              arm_time(*ends), arm_time(now)));
  return text_claim(*claims, "appid");
}

}  // namespace scoped::emulator
