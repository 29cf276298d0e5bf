// The registry as plain data with the operations that change it: scope maps, tokens, their two passwords. It
// knows no HTTP, no JSON, no clock and no file; an operation that needs the time or randomness is given it.
// A refused operation changes nothing. Not thread-safe: Site holds the lock.
//
// A password's value is handed out once, when it is made; only its SHA-256 is kept.
#pragma once

#include "common/base/random.h"
#include "common/base/secret.h"
#include "common/base/time.h"
#include "tests/emulator/names.h"
#include "tests/emulator/refusal.h"

#include <array>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scoped::emulator {

// What is fixed when a registry is made.
struct Facts {
  std::string registry;
  std::string tenant, subscription, resource_group;
  std::string client_id;  // of the one application that may log in
  Secret client_secret;
  Instant created_at{};
};

struct SystemData {
  std::string created_by;
  Instant created_at{};
  std::string modified_by;
  Instant modified_at{};
};

struct ScopeMap {
  std::string name;
  std::string description;
  bool system_defined = false;
  std::vector<std::string> actions;
  SystemData system;
};

struct Password {
  std::string slot;
  Instant created_at{};
  std::optional<Instant> expires_at;  // absent: never
  std::string sha256;                 // hex
};

struct Token {
  std::string name;
  std::string scope_map;  // its name
  bool enabled = true;
  std::vector<Password> passwords;  // ordered by slot
  SystemData system;
  // "Succeeded", but while an asynchronous operation is under way. Not kept over a restart.
  std::string provisioning = "Succeeded";

  const Password* password(std::string_view slot) const;
};

// The admin user, whose name is the registry's. Its passwords can be read again and again, so they are kept
// as they are; there are none until it is enabled for the first time.
struct Admin {
  bool enabled = false;
  std::array<Secret, 2> passwords;  // in the order of kAdminSlots
};

// What may be done with a repository, a tag or a manifest, whoever asks.
struct Attributes {
  bool can_delete = true, can_write = true, can_read = true, can_list = true;
  bool operator==(const Attributes&) const = default;
};

// Keys are names in lower case.
template <typename T>
using Named = std::map<std::string, T>;

struct Contents {
  Facts facts;
  Named<ScopeMap> scope_maps;
  Named<Token> tokens;
  Admin admin;
  std::map<std::string, Attributes> attributes;  // of what is locked in some way; keys as in locks.h
  std::map<std::string, std::string> diagnostic_settings;  // name to properties, as JSON
  // Of the whole registry, so that no two passwords have the same creationTime.
  Instant last_generated{};
};

// What a registry may have; the defaults are those of the Premium tier.
struct Limits {
  size_t tokens = 50'000;
  size_t scope_maps = 50'000;
  size_t actions = 500;
  size_t description = 256;
  std::string_view tier = "Premium";
  size_t storage = size_t{500} << 30;  // bytes that are included
};
inline constexpr std::array<Limits, 3> kTiers = {
    Limits{100, 100, 500, 256, "Basic", size_t{10} << 30},
    Limits{500, 500, 500, 256, "Standard", size_t{100} << 30},
    Limits{},
};
const Limits* find_tier(std::string_view name);  // null: there is none of that name

// When an operation is applied, and for whom.
struct Moment {
  Instant now;
  std::string_view by;
};

// Bodies: an absent member was not sent.
struct ScopeMapBody {
  std::optional<std::string> description;
  std::optional<std::vector<std::string>> actions;
};
struct TokenBody {
  std::optional<std::string> scope_map_id;
  std::optional<bool> enabled;
  // Slots whose passwords are kept; all others are removed.
  std::optional<std::vector<std::string>> keep;
};
struct GenerateBody {
  std::string token_id;
  std::optional<std::string> slot;  // absent: both
  std::optional<Instant> expires_at;
};

template <typename T>
struct Put {
  const T* object;
  bool created;
};

struct Made {
  std::string slot;
  Secret value;
};
struct Generated {
  const Token* token;
  std::vector<Made> made;
};

class Model {
 public:
  explicit Model(Contents contents, Limits limits = {});

  const Facts& facts() const { return contents_.facts; }
  const Limits& limits() const { return limits_; }
  const Contents& contents() const { return contents_; }

  // The ARM id of the registry, and of something below it ("tokens", "ci").
  std::string registry_id() const;
  std::string child_id(std::string_view collection, std::string_view name) const;

  // PUT replaces; the same name in another case is the same object. 400: name, action, wildcard or limit.
  Outcome<Put<ScopeMap>> put_scope_map(const std::string& name, const ScopeMapBody& body,
                                       const Moment& moment);
  Outcome<const ScopeMap*> patch_scope_map(const std::string& name, const ScopeMapBody& body,
                                           const Moment& moment);
  // False when there was none; refused while a token uses it.
  Outcome<bool> delete_scope_map(const std::string& name);
  const ScopeMap* scope_map(std::string_view name) const;

  // PUT is an upsert that wipes both passwords unless `keep` names them.
  Outcome<Put<Token>> put_token(const std::string& name, const TokenBody& body, const Moment& moment);
  Outcome<const Token*> patch_token(const std::string& name, const TokenBody& body, const Moment& moment);
  bool delete_token(const std::string& name);
  const Token* token(std::string_view name) const;
  void set_provisioning(std::string_view token, std::string state);

  // New passwords for one slot or both, each with a creationTime that was never used before.
  Outcome<Generated> generate(const GenerateBody& body, const Moment& moment, Random& random);

  void enable_admin(bool enabled, Random& random);
  // 400: the admin user is disabled, or this is no name of one of its passwords.
  Outcome<const Admin*> admin() const;
  Outcome<const Admin*> renew_admin_password(std::string_view slot, Random& random);
  bool admin_login(std::string_view user, const Secret& password) const;

  Attributes attributes(const std::string& key) const;
  void set_attributes(const std::string& key, const Attributes& attributes);
  // Forgets those of something that is gone, and of what is in it.
  void drop_attributes(const std::string& key);
  // Absent: removes it. False when there was none to remove.
  bool set_diagnostic_setting(const std::string& name, std::optional<std::string> properties);

  // The token of exactly this name, if it is enabled.
  const Token* enabled_token(std::string_view user) const;
  // The same, if this is one of its passwords and not past its expiry.
  const Token* login(std::string_view user, const Secret& password, Instant now) const;

 private:
  Outcome<std::string> name_in_id(std::string_view id, std::string_view collection) const;
  Outcome<> check(const ScopeMapBody& body) const;
  Outcome<std::string> check_scope_map_id(const std::string& id) const;
  Outcome<std::vector<Password>> kept(const Token& token, const std::vector<std::string>& slots) const;

  Contents contents_;
  Limits limits_;
};

// Whether it is one of these and not past its expiry. Compares in constant time.
bool accepts(const std::vector<Password>& known, const Secret& password, Instant now);

// At most `count` objects whose names come after `after`, in order of their names.
template <typename T>
std::vector<const T*> page(const Named<T>& all, const std::string& after, size_t count) {
  std::vector<const T*> found;
  for (auto at = all.upper_bound(after); at != all.end() && found.size() < count; ++at)
    found.push_back(&at->second);
  return found;
}

// A new registry with its system-defined scope maps, and ids at random.
Contents new_contents(std::string registry, Instant now, Random& random);

// 52 characters, recognisable by scanners: [A-Za-z0-9+/]{42}, "+ACR", [A-D], [A-Za-z0-9+/]{5}.
Secret make_password(Random& random);
std::string make_guid(Random& random);
std::string hash_of(const Secret& password);

}  // namespace scoped::emulator
