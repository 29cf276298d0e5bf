// The bearers that the emulated Entra ID gives out and ARM accepts. Their `exp` is exact to the millisecond
// (a NumericDate may have a fraction), because ARM refuses one exactly then, without leeway, and a client
// that knows only `expires_in` reckons from the moment it asked.
#pragma once

#include "common/base/random.h"
#include "tests/emulator/keys.h"
#include "tests/emulator/refusal.h"

#include <chrono>
#include <string>
#include <string_view>

namespace scoped::emulator {

struct Grant {
  std::string tenant;
  std::string client_id;
  std::string resource;  // the audience: the scope without "/.default"
};

Result<std::string> make_bearer(const Signer& signer, const Grant& grant, Instant now,
                                std::chrono::seconds life, Random& random);

// Who is asked to accept a bearer: each takes those that are meant for it, and all but a Key Vault ARM's.
enum class Accepts { arm, registry, log_analytics, key_vault };

// The client id behind a bearer that ARM at `control`, or who else is asked, accepts at `now`; else ARM's
// 401. For a Key Vault `control` is the vault's own audience.
Outcome<std::string> check_bearer(const Signer& signer, std::string_view bearer, std::string_view tenant,
                                  std::string_view control, Instant now, Accepts who = Accepts::arm);

}  // namespace scoped::emulator
