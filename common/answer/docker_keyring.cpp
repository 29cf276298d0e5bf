#include "common/answer/docker_keyring.h"

#include "common/protocol/docker.h"

#include <algorithm>

namespace scoped::answer {

using State = store::KeyringItem::State;

std::vector<std::string> spellings_of(const std::string& server_url) {
  std::vector<std::string> spellings{server_url};
  const auto key = protocol::read_key(server_url);
  if (!key || !key->repository.empty()) return spellings;
  const auto add = [&](std::string other) {
    if (std::find(spellings.begin(), spellings.end(), other) == spellings.end())
      spellings.push_back(std::move(other));
  };
  add(key->registry);
  // Docker Hub's login is kept under the address that its index once had.
  if (protocol::read_key("https://index.docker.io/v1/")->registry == key->registry)
    add("https://index.docker.io/v1/");
  for (const char* path : {"", "/", "/v1/", "/v2/"}) add("https://" + key->registry + path);
  return spellings;
}

Result<std::optional<SavedLogin>> DockerKeyring::find(const std::string& server_url) const {
  store::KeyringLogin login = TRY(keyring_->docker_login(spellings_of(server_url)));
  if (login.state == State::locked)
    return fail(
        ErrorCode::denied,
        "the keyring with Docker's login is locked: log in at the desktop, or unlock it in its settings");
  if (login.state == State::absent || login.secret.reveal().empty()) return std::optional<SavedLogin>();
  return std::optional(SavedLogin{std::move(login.username), std::move(login.secret)});
}

}  // namespace scoped::answer
