#include "tests/emulator/key_vault_model.h"

#include <fmt/format.h>

#include <algorithm>

namespace scoped::emulator {
namespace {

constexpr size_t kLongestName = 127;
constexpr size_t kLongestTag = 256;

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

tl::unexpected<Refusal> bad(std::string message) { return refuse(400, "BadParameter", std::move(message)); }

tl::unexpected<Refusal> not_found(const std::string& name) {
  return refuse(404, "SecretNotFound",
                fmt::format("A secret with (name/id) {} was not found in this key vault. If you recently "
                            "deleted this secret you may be able to recover it.",
                            name));
}

Outcome<> check_tags(const VaultBody& body) {
  if (!body.tags) return {};
  if (body.tags->size() > kMostVaultTags) return bad("Too many tags.");
  for (const auto& [key, value] : *body.tags)
    if (key.empty() || key.size() > kLongestTag || value.size() > kLongestTag)
      return bad(fmt::format("The tag '{}' or its value is too long.", key.substr(0, kLongestTag)));
  return {};
}

void change(VaultVersion& version, const VaultBody& body, Instant now) {
  if (body.content_type) version.content_type = *body.content_type;
  if (body.tags) version.tags = *body.tags;
  if (body.enabled) version.enabled = *body.enabled;
  if (body.not_before) version.not_before = body.not_before;
  if (body.expires) version.expires = body.expires;
  version.updated = unix_seconds(now);
}

}  // namespace

Outcome<const VaultSecret*> VaultModel::set(const std::string& name, VaultBody body, Instant now,
                                            Random& random) {
  if (!is_name(name)) return bad(fmt::format("The secret name '{}' is not valid.", name));
  if (!body.value) return bad("The property 'value' is missing.");
  if (body.value->size() > kLongestVaultValue)
    return bad(fmt::format("The value is longer than {} bytes.", kLongestVaultValue));
  TRY(check_tags(body));
  const auto known = secrets_.find(lower(name));
  if (known != secrets_.end() && known->second.deleted_at)
    return refuse(
        409, "Conflict/ObjectIsDeletedButRecoverable",
        fmt::format("Secret {} is currently in a deleted but recoverable state, and its name cannot "
                    "be reused; in this state, the secret can only be recovered or purged.",
                    name));
  VaultSecret& secret = secrets_[lower(name)];
  if (secret.versions.empty()) secret.name = name;
  VaultVersion version;
  version.id = random.hex(16);
  version.value = std::move(*body.value);
  version.created = unix_seconds(now);
  change(version, body, now);
  secret.versions.push_back(std::move(version));
  return &secret;
}

Outcome<const VaultSecret*> VaultModel::find(const std::string& name) const {
  const auto found = secrets_.find(lower(name));
  if (found == secrets_.end() || found->second.deleted_at) return not_found(name);
  return &found->second;
}

Outcome<const VaultSecret*> VaultModel::find_deleted(const std::string& name) const {
  const auto found = secrets_.find(lower(name));
  if (found == secrets_.end() || !found->second.deleted_at)
    return refuse(404, "SecretNotFound", fmt::format("Deleted Secret not found: {}", name));
  return &found->second;
}

Outcome<const VaultVersion*> VaultModel::get(const std::string& name, const std::string& version,
                                             bool with_value) const {
  const VaultSecret* secret = TRY(find(name));
  const auto found = std::find_if(secret->versions.begin(), secret->versions.end(),
                                  [&](const VaultVersion& each) { return each.id == lower(version); });
  if (!version.empty() && found == secret->versions.end()) return not_found(name + "/" + version);
  const VaultVersion& wanted = version.empty() ? secret->latest() : *found;
  if (with_value && !wanted.enabled)
    return refuse(403, "Forbidden/SecretDisabled", "Operation get is not allowed on a disabled secret.");
  return &wanted;
}

Outcome<const VaultVersion*> VaultModel::update(const std::string& name, const std::string& version,
                                                const VaultBody& body, Instant now) {
  TRY(check_tags(body));
  const VaultVersion* found = TRY(get(name, version, false));
  for (VaultVersion& each : secrets_.at(lower(name)).versions)
    if (each.id == found->id) change(each, body, now);
  return found;
}

Outcome<const VaultSecret*> VaultModel::remove(const std::string& name, Instant now) {
  TRY(find(name));
  VaultSecret& secret = secrets_.at(lower(name));
  secret.deleted_at = now;
  return &secret;
}

Outcome<const VaultSecret*> VaultModel::recover(const std::string& name) {
  TRY(find_deleted(name));
  VaultSecret& secret = secrets_.at(lower(name));
  secret.deleted_at.reset();
  return &secret;
}

Outcome<> VaultModel::purge(const std::string& name) {
  TRY(find_deleted(name));
  secrets_.erase(lower(name));
  return {};
}

}  // namespace scoped::emulator
