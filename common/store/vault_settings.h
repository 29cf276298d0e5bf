// What a store of type `vault` is told, from its rows and, where a user's own file leaves them out, from the
// variables that other clients of the vault read.
#pragma once

#include "common/base/env.h"
#include "common/base/handle.h"
#include "common/config/config.h"
#include "common/config/setting.h"
#include "common/net/authorizer.h"

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace scoped::store {

struct VaultOptions {
  net::Site site;                                    // address, namespace, ca_file
  std::shared_ptr<const Fd> ca_text;                 // keeps what ca_file names, where a variable held it
  std::vector<std::string> redirect_to;              // origins
  bool redirects = true;                             // at all
  std::optional<std::chrono::milliseconds> timeout;  // of one request; absent: the client's own
  std::optional<int> retries;                        // of a read; absent: the client's own
  std::string mount;
  std::string prefix;
  std::string identity;
  std::optional<int> version;  // of KV; absent: to be detected
};

std::span<const config::Setting> vault_setting_rows();

// configuration: no address, or a variable that holds none. BAO_X counts before VAULT_X. The system's stores
// take nothing from the environment: a variable kept by sudo would send root's secrets elsewhere.
Result<VaultOptions> read_vault_options(const config::Typed& settings, const Environment& environment);

}  // namespace scoped::store
