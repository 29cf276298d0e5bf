#include "common/store/key_vault_names.h"

#include "common/crypto/digest.h"

#include <algorithm>

namespace scoped::store {
namespace {

constexpr size_t kLongestName = 127;
constexpr size_t kLongestPrefix = 40;
constexpr size_t kHashDigits = 12;

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_alphanumeric(char c) { return is_plain(c) || (c >= 'A' && c <= 'Z'); }

// Plain characters with single separators between them.
bool is_clean(std::string_view text, char separator) {
  bool separated = true;
  for (const char c : text) {
    if (c == separator && separated) return false;
    if (c != separator && !is_plain(c)) return false;
    separated = c == separator;
  }
  return !separated;
}

// Letters and digits with single '-' between them, whatever it was made of.
std::string simplified(std::string_view text) {
  std::string result;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (is_plain(c)) result += c;
    if (!is_plain(c) && !result.empty() && !result.ends_with('-')) result += '-';
  }
  while (result.ends_with('-')) result.pop_back();
  return result;
}

std::string days_of(Ticks life) {
  return std::to_string(std::max<int64_t>(1, std::chrono::round<std::chrono::days>(life).count()));
}

}  // namespace

bool is_key_vault_prefix(std::string_view prefix) {
  return !prefix.empty() && prefix.size() <= kLongestPrefix && is_alphanumeric(prefix.front()) &&
         is_alphanumeric(prefix.back()) && prefix.find("--") == std::string_view::npos &&
         std::all_of(prefix.begin(), prefix.end(), [](char c) { return is_alphanumeric(c) || c == '-'; });
}

std::string key_vault_name(std::string_view prefix, const record::RecordName& name) {
  std::string text(prefix);
  text += "--" + simplified(name.registry) + "--" + simplified(name.token);
  if (is_clean(name.registry, '.') && is_clean(name.token, '-') && text.size() <= kLongestName) return text;
  const std::string hash = crypto::hex(crypto::sha256(name.display())).substr(0, kHashDigits);
  text.resize(std::min(text.size(), kLongestName - 2 - kHashDigits));
  while (text.ends_with('-')) text.pop_back();
  return text + "--" + hash;
}

Tags key_vault_tags(const record::Record& record) {
  Tags tags;
  const auto& current = record.current;
  const std::string& slot = current ? current->slot : record.reserved_slot;
  if (!slot.empty()) tags.emplace_back("CredentialId", slot);
  tags.emplace_back("ProviderAddress", record.name().display());
  if (current && current->expires_at)
    tags.emplace_back("ValidityPeriodDays", days_of(*current->expires_at - current->created_at));
  return tags;
}

std::optional<record::RecordName> tagged_name(std::string_view provider_address) {
  const size_t slash = provider_address.find('/');
  if (slash == std::string_view::npos || slash + 1 == provider_address.size()) return std::nullopt;
  const auto registry = record::parse_registry_host(provider_address.substr(0, slash));
  if (!registry || *registry != provider_address.substr(0, slash)) return std::nullopt;
  return record::RecordName{*registry, std::string(provider_address.substr(slash + 1))};
}

}  // namespace scoped::store
