// Records in the keyring of a desktop session: one item per record, its document as the secret. A keyring has
// no compare-and-set, so writers of this user take turns by a lock file. Only for a user: a server has no
// session.
#pragma once

#include "common/config/setting.h"
#include "common/store/keyring.h"
#include "common/store/record_store.h"
#include "common/store/types.h"

#include <memory>
#include <span>
#include <string>

namespace scoped::store {

std::span<const config::Setting> secret_service_settings();

// Loads libsecret. configuration: it is a store of the system; internal: the module is missing.
Result<std::unique_ptr<RecordStore>> open_secret_service(const config::Typed& settings,
                                                         const Context& context);

// The keyring of such a store. internal: the module is missing.
Result<std::unique_ptr<Keyring>> open_keyring(const config::Typed& settings);
// It also answers for what Docker's own helper keeps there; always that of a user.
bool reads_docker_logins(const config::Typed& settings);

// The store over any keyring. `lock_folder` is made when it is needed; `random` outlives the result.
std::unique_ptr<RecordStore> make_keyring_store(std::unique_ptr<Keyring> keyring, std::string lock_folder,
                                                Random& random);

}  // namespace scoped::store
