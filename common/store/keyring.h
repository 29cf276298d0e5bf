// What a desktop session's keyring can do (Secret Service), and the one symbol of the module that does it
// with libsecret. C linkage for the name only: module and program are of one build, which the version proves.
// Any thread; each call ends within the time-out that the keyring was made with.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace scoped::store {

// What an item of ours is found by.
struct KeyringName {
  std::string registry;
  std::string token;
};

struct KeyringItem {
  enum class State { found, absent, locked };
  State state = State::absent;
  Secret text;  // exactly when found
};

// A login that docker-credential-secretservice keeps in the same keyring.
struct KeyringLogin {
  KeyringItem::State state = KeyringItem::State::absent;
  std::string username;
  Secret secret;  // both exactly when found
};

class Keyring {
 public:
  virtual ~Keyring() = default;
  // All that follow: unavailable, with what to do: no session bus, nobody who keeps secrets, no answer in
  // time.
  virtual Result<KeyringItem> load(const KeyringName& name) = 0;
  // denied: it is locked, and nobody unlocked it.
  virtual Result<> save(const KeyringName& name, const Secret& text) = 0;
  virtual Result<> erase(const KeyringName& name) = 0;  // absent is success
  virtual Result<std::vector<KeyringName>> list() = 0;
  // Docker's own items are read and never written: the first of these server URLs that has one; and the user
  // names of all that are not locked.
  virtual Result<KeyringLogin> docker_login(const std::vector<std::string>& server_urls) = 0;
  virtual Result<std::map<std::string, std::string>> docker_usernames() = 0;
};

constexpr const char* kKeyringMakerName = "scoped_make_keyring";
// Null when `version` is not the module's own. The caller owns it.
using KeyringMaker = Keyring* (*)(const char* version, std::chrono::milliseconds patience);

}  // namespace scoped::store
