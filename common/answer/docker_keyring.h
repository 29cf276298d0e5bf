// Logins that docker-credential-secretservice keeps in a session's keyring, so that what was logged in before
// goes on when Docker asks us for every registry. Read, never written. Blocking.
#pragma once

#include "common/answer/saved_logins.h"
#include "common/store/keyring.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace scoped::answer {

class DockerKeyring {
 public:
  explicit DockerKeyring(std::unique_ptr<store::Keyring> keyring) : keyring_(std::move(keyring)) {}

  // Nothing: there is none. denied: there is one, and the keyring is locked.
  Result<std::optional<SavedLogin>> find(const std::string& server_url) const;
  Result<std::map<std::string, std::string>> list() const { return keyring_->docker_usernames(); }

 private:
  std::unique_ptr<store::Keyring> keyring_;
};

// Under what Docker and other clients may have kept a registry's login, the key itself first. Pure.
std::vector<std::string> spellings_of(const std::string& server_url);

}  // namespace scoped::answer
