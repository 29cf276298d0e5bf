#include "common/answer/saved_logins.h"

#include "common/answer/key_file.h"
#include "common/answer/login_codec.h"
#include "common/answer/private_folder.h"
#include "common/crypto/seal.h"
#include "common/protocol/docker.h"

#include <algorithm>

namespace scoped::answer {
namespace {

constexpr const char* kDocument = kLoginsDocument;
constexpr const char* kLockFile = "logins.lock";
constexpr size_t kSealingOverhead = 4096;

// Binds the document to its purpose and owner, so that another sealed file cannot take its place.
std::string associated_data(const Environment& environment) {
  return "scoped saved logins of uid " + std::to_string(environment.uid());
}

// What a line says of a key: short, and without the password that somebody may have put before the host.
std::string shown(std::string_view server_url) {
  constexpr size_t kMost = 100;
  const size_t scheme = server_url.find("://");
  if (scheme != std::string_view::npos) server_url.remove_prefix(scheme + 3);
  const size_t at = server_url.substr(0, server_url.find('/')).rfind('@');
  if (at != std::string_view::npos) server_url.remove_prefix(at + 1);
  if (server_url.size() <= kMost) return "'" + std::string(server_url) + "'";
  size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(server_url[end]) & 0xC0) == 0x80) --end;  // whole characters
  return "'" + std::string(server_url.substr(0, end)) + "...'";
}

bool is_nothing(const Error& error) {
  return error.code() == ErrorCode::not_found || error.code() == ErrorCode::denied;
}

Result<Logins> read_logins(const PrivateFolder& folder, const Environment& environment) {
  const std::string intention = "saved logins '" + folder.path_of(kDocument) + "'";
  const auto read = folder.read(kDocument, kLargestLogins + kSealingOverhead);
  if (!read && read.error().code() == ErrorCode::not_found) return Logins();
  if (!read) return fail(Error(read.error()).within(intention));
  const Secret& sealed = *read;
  const auto key = read_key(folder);
  if (!key) return fail(Error(key.error()).as(ErrorCode::corrupt).within(intention + " need their key"));
  const auto bytes = crypto::open(*key, associated_data(environment), sealed.reveal());
  if (!bytes)
    return fail(ErrorCode::corrupt,
                intention + " are damaged, or sealed under another key: remove them and log in again");
  return TRY_WITH(parse_logins(*bytes), intention);
}

Result<> write_logins(const PrivateFolder& folder, const Environment& environment, Random& random,
                      const Logins& logins) {
  if (logins.empty()) return folder.remove(kDocument);  // where there is none, the front decides a miss alone
  const Secret key = TRY(obtain_key(folder, random));
  const Secret bytes = TRY(encode_logins(logins));
  return folder.replace(kDocument,
                        TRY(crypto::seal(key, associated_data(environment), bytes.reveal(), random)));
}

// Two texts that mean the same registry. A repository is part of the meaning, and so are the paths under
// which Docker keeps its tokens for the Hub.
bool is_same_registry(const std::string& left, const std::string& right) {
  if (left == right) return true;
  const auto a = protocol::read_key(left);
  const auto b = protocol::read_key(right);
  return a && b && a->registry == b->registry && a->repository == b->repository;
}

// The login under exactly this text, else the first one under another spelling.
Logins::iterator find_login(Logins& logins, const std::string& server_url) {
  const auto exact = logins.find(server_url);
  if (exact != logins.end()) return exact;
  return std::find_if(logins.begin(), logins.end(),
                      [&](const auto& entry) { return is_same_registry(entry.first, server_url); });
}

}  // namespace

SavedLogins::SavedLogins(const Environment& environment, Random& random)
    : environment_(environment), random_(random) {}

Result<std::optional<SavedLogin>> SavedLogins::find(const std::string& server_url) const {
  const auto folder = PrivateFolder::open(environment_, PrivateFolder::Missing::leave);
  if (!folder && is_nothing(folder.error())) return std::optional<SavedLogin>();
  if (!folder) return fail(folder.error());
  Logins logins = TRY(read_logins(*folder, environment_));
  const auto found = find_login(logins, server_url);
  if (found == logins.end()) return std::optional<SavedLogin>();
  return std::optional<SavedLogin>(std::move(found->second));
}

Result<> SavedLogins::save(const std::string& server_url, const std::string& username, const Secret& secret) {
  const std::string intention = "save the login of " + shown(server_url);
  const PrivateFolder folder =
      TRY_WITH(PrivateFolder::open(environment_, PrivateFolder::Missing::make), intention);
  const FileLock held = TRY_WITH(folder.lock(kLockFile), intention);
  Logins logins = TRY_WITH(read_logins(folder, environment_), intention);
  logins.insert_or_assign(server_url, SavedLogin{username, secret.clone()});
  TRY_WITH(write_logins(folder, environment_, random_, logins), intention);
  return {};
}

Result<> SavedLogins::erase(const std::string& server_url) {
  const auto folder = PrivateFolder::open(environment_, PrivateFolder::Missing::leave);
  if (!folder && is_nothing(folder.error())) return {};
  if (!folder) return fail(folder.error());
  const std::string intention = "erase the login of " + shown(server_url);
  if (!folder->has(kDocument)) return {};
  const FileLock held = TRY_WITH(folder->lock(kLockFile), intention);
  Logins logins = TRY_WITH(read_logins(*folder, environment_), intention);
  if (std::erase_if(logins, [&](const auto& entry) { return is_same_registry(entry.first, server_url); }) ==
      0)
    return {};
  TRY_WITH(write_logins(*folder, environment_, random_, logins), intention);
  return {};
}

Result<std::map<std::string, std::string>> SavedLogins::list() const {
  std::map<std::string, std::string> usernames;
  const auto folder = PrivateFolder::open(environment_, PrivateFolder::Missing::leave);
  if (!folder && is_nothing(folder.error())) return usernames;
  if (!folder) return fail(folder.error());
  for (const auto& [server_url, login] : TRY(read_logins(*folder, environment_)))
    usernames.emplace(server_url, login.username);
  return usernames;
}

}  // namespace scoped::answer
