// A bearer as a token endpoint answers it (RFC 6749 section 5.1), and when it ends. Pure.
#pragma once

#include "common/net/http.h"
#include "common/net/server_time.h"

#include <optional>

namespace scoped::identity {

struct Bearer {
  Secret token;
  // When the other side stops accepting it, by its own clock: `exp` of a JWT, else `expires_on`, or what
  // expires_in and the answer's Date prove (rule 11: from sending at the earliest, from receipt at the
  // latest). Absent: cannot be told, so nothing may be fenced by it.
  std::optional<TimeInterval> expiry;
  // The same by our boot clock, for deciding when to log in again. Cautious where expiry is not known.
  BootInstant sent{};
  BootInstant ends{};
  // When the answer says that a new one should be asked for; absent: it does not.
  std::optional<BootInstant> refresh_at = {};
};

// `time` has learnt the answer's Date already; `local_now` stands in for it where the server sends none.
// Error (unavailable): the answer is not such a document; the text never quotes it.
Result<Bearer> read_bearer(const net::Response& answer, const net::ServerTime& time, Instant local_now);

// `exp` of a JWT's payload, without any verification. Nothing where the token is no JWT or has none.
std::optional<Instant> peek_expiry(const Secret& token);

}  // namespace scoped::identity
