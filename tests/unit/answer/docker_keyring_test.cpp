// Not tested here: items of a real keyring, written by Docker's own helper (tests/integration/keyring.py).
#include "common/answer/docker_keyring.h"

#include "tests/support/catch.h"

#include <algorithm>

namespace scoped::answer {
namespace {

using State = store::KeyringItem::State;

// A keyring with one login of Docker's helper.
class PlayedKeyring final : public store::Keyring {
 public:
  PlayedKeyring(std::string server, State state, std::string secret)
      : server_(std::move(server)), state_(state), secret_(std::move(secret)) {}
  Result<store::KeyringLogin> docker_login(const std::vector<std::string>& server_urls) override {
    store::KeyringLogin login;
    if (std::find(server_urls.begin(), server_urls.end(), server_) == server_urls.end()) return login;
    login.state = state_;
    login.username = "me";
    login.secret = Secret(secret_);
    return login;
  }
  Result<std::map<std::string, std::string>> docker_usernames() override {
    return std::map<std::string, std::string>{{server_, "me"}};
  }
  Result<store::KeyringItem> load(const store::KeyringName&) override { return unasked(); }
  Result<> save(const store::KeyringName&, const Secret&) override { return unasked(); }
  Result<> erase(const store::KeyringName&) override { return unasked(); }
  Result<std::vector<store::KeyringName>> list() override { return unasked(); }

 private:
  static tl::unexpected<Error> unasked() { return fail(ErrorCode::internal, "not asked here"); }
  const std::string server_;
  const State state_;
  const std::string secret_;
};

DockerKeyring keyring_with(const std::string& server, State state = State::found,
                           const std::string& secret = "s") {
  return DockerKeyring(std::make_unique<PlayedKeyring>(server, state, secret));
}

}  // namespace

TEST_CASE("a login is found however Docker and its clients spell its registry", "[answer]") {
  for (const char* kept :
       {"ghcr.io", "https://ghcr.io", "https://ghcr.io/", "https://ghcr.io/v1/", "https://ghcr.io/v2/"})
    for (const char* asked : {"ghcr.io", "https://ghcr.io", "https://ghcr.io/v2/", "GHCR.io"}) {
      const auto found = keyring_with(kept).find(asked);
      REQUIRE(found);
      REQUIRE(*found);
      CHECK((*found)->username == "me");
    }
  for (const char* asked :
       {"docker.io", "index.docker.io", "https://index.docker.io/v1/", "registry-1.docker.io"})
    CHECK(keyring_with("https://index.docker.io/v1/").find(asked).value().has_value());
}

TEST_CASE("another registry's login, and one of a repository, are not taken", "[answer]") {
  for (const char* asked : {"quay.io", "ghcr.io.evil.example", "ghcr.io/team/app", "no registry at all"})
    CHECK_FALSE(keyring_with("ghcr.io").find(asked).value().has_value());
  CHECK(keyring_with("no registry at all").find("no registry at all").value().has_value());
}

TEST_CASE("a locked login is said to be locked, and an empty one is none", "[answer]") {
  const auto locked = keyring_with("ghcr.io", State::locked).find("ghcr.io");
  REQUIRE_FALSE(locked);
  CHECK(locked.error().code() == ErrorCode::denied);
  CHECK(locked.error().line().find("unlock it") != std::string::npos);
  CHECK_FALSE(keyring_with("ghcr.io", State::locked).find("quay.io").value().has_value());
  CHECK_FALSE(keyring_with("ghcr.io", State::found, "").find("ghcr.io").value().has_value());
}

}  // namespace scoped::answer
