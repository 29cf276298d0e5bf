#include "common/net/authorities.h"

#include "common/base/file.h"
#include "common/base/handle.h"

#include <dirent.h>
#include <sys/stat.h>

#include <string_view>

namespace scoped::net {
namespace {

constexpr size_t kLargestBundle = 4 << 20;

// "a1b2c3d4.0": the name under which OpenSSL looks for a subject.
bool is_hash_name(std::string_view name) {
  return name.size() > 9 && name[8] == '.' && name.find_first_not_of("0123456789abcdef") == 8 &&
         name.find_first_not_of("0123456789", 9) == std::string_view::npos;
}

// Such a folder has hundreds of names, and most are of this kind: the first one tells.
bool is_hashed(const std::string& path) {
  const Handle<DIR, closedir> folder(opendir(path.c_str()));
  if (!folder) return false;
  while (const dirent* entry = readdir(folder.get()))
    if (is_hash_name(entry->d_name)) return true;
  return false;
}

std::string stamp_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return "-";
  return std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) + ":" +
         std::to_string(status.st_size) + ":" + std::to_string(status.st_ino) + " ";
}

Result<std::string> read_ca_file(const std::string& path) {
  auto text = read_file(path, kLargestBundle);
  if (!text) return fail(std::move(text).error().as(ErrorCode::configuration).within("ca_file"));
  if (text->find("-----BEGIN") == std::string::npos)
    return fail(ErrorCode::configuration, "ca_file '" + path + "' holds no certificate in PEM form");
  return text;
}

}  // namespace

AuthoritySource::AuthoritySource(std::string bundle, std::string folder)
    : bundle_(std::move(bundle)), folder_(!folder.empty() && is_hashed(folder) ? std::move(folder) : "") {}

Result<Authorities> AuthoritySource::choose(const std::string& ca_file) {
  if (ca_file.empty()) return Authorities{folder_.empty() ? bundle_ : "", folder_, nullptr};
  if (folder_.empty()) return join(ca_file);
  TRY(read_ca_file(ca_file));  // for the message only: the TLS library reads it again
  return Authorities{ca_file, folder_, nullptr};
}

Result<Authorities> AuthoritySource::join(const std::string& ca_file) {
  const std::string stamp = stamp_of(ca_file) + stamp_of(bundle_);
  const std::lock_guard lock(mutex_);
  Joined& joined = joined_[ca_file];
  if (joined.pem == nullptr || joined.stamp != stamp) {
    std::string pem = TRY(read_ca_file(ca_file)) + "\n";
    if (const auto system = read_file(bundle_, kLargestBundle)) pem += *system;
    joined = {stamp, std::make_shared<const std::string>(std::move(pem))};
  }
  return Authorities{"", "", joined.pem};
}

}  // namespace scoped::net
