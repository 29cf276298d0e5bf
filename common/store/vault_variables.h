// The variables of the vaults' own command lines, as OpenBao 2.6 reads them (api/env.go, api/client.go): of a
// pair BAO_X counts where it is set, even to nothing, else VAULT_X. What they hold is checked, and what this
// client does not do is refused rather than passed over. Reads what CAPATH, CLIENT_CERT and CLIENT_KEY name,
// and nothing else.
#pragma once

#include "common/base/env.h"
#include "common/base/handle.h"
#include "common/base/result.h"
#include "common/net/http.h"
#include "common/net/pace.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace scoped::store {

struct VaultVariable {
  std::string name;  // "BAO_ADDR"; empty: neither is set
  std::string value;
  explicit operator bool() const { return !value.empty(); }
};
VaultVariable vault_variable(const Environment& environment, const std::string& suffix);

struct VaultVariables {
  VaultVariable address;                             // of AGENT_ADDR before ADDR
  VaultVariable space;                               // NAMESPACE
  std::string ca_file;                               // CACERT, else CACERT_BYTES, else CAPATH
  std::shared_ptr<const Fd> ca_text;                 // what ca_file names, where it is none of the disk
  std::optional<std::chrono::milliseconds> timeout;  // CLIENT_TIMEOUT: of one request
  std::optional<int> retries;                        // MAX_RETRIES
  bool looks_up = false;                             // SRV_LOOKUP
  bool redirects = true;                             // not DISABLE_REDIRECTS
  std::shared_ptr<net::Pace> pace;                   // RATE_LIMIT
  net::SecretHeaders headers;                        // of HEADERS and MFA
  // CLIENT_CERT with CLIENT_KEY, else both with _BYTES.
  std::shared_ptr<const net::ClientCertificate> certificate;
  std::string proxy;  // name of the variable that names one
  net::Route route;   // PROXY_ADDR, else HTTP_PROXY; TLS_SERVER_NAME
};

// configuration: garbage, or something that is not done here (SKIP_VERIFY, a proxy, ...), in one line that
// names the variable and what to do.
Result<VaultVariables> read_vault_variables(const Environment& environment);

// "90", "90s", "1m30s", "500ms": seconds where no unit is given.
Result<std::chrono::milliseconds> parse_vault_duration(std::string_view text);

// "100" a second, or "100:20", of which 20 at once; else as many at once as there are a second.
Result<std::shared_ptr<net::Pace>> parse_vault_rate(std::string_view text);

// "http://[USER:PASSWORD@]HOST[:PORT]", or https, socks5 or socks5h, as a route to it. The error never quotes
// the text.
Result<net::Route> parse_vault_proxy(std::string_view text);

}  // namespace scoped::store
