#include "tests/emulator/images.h"

#include "common/base/file.h"
#include "common/json/value.h"

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace scoped::emulator {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLargestManifest = 4 << 20;  // Distribution's limit
constexpr size_t kLargestLink = 256;
constexpr std::string_view kSha256 = "sha256:";

std::optional<Instant> written_at(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return from_unix_seconds(status.st_mtim.tv_sec) + Ticks(status.st_mtim.tv_nsec / 100);
}

// Sorted; nothing when there is no such folder.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (fs::directory_iterator at(folder, ignored), end; !ignored && at != end; at.increment(ignored))
    names.push_back(at->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<json::Value> read_json(const std::string& path) {
  const auto text = read_file(path, kLargestManifest);
  if (!text) return std::nullopt;
  auto value = json::parse(*text, {kLargestManifest, 32, 100'000, false});
  if (!value) return std::nullopt;
  return std::move(*value);
}

std::string text_in(const json::Value& value, std::initializer_list<std::string_view> path) {
  const json::Value* found = value.at(path);
  return found != nullptr && found->text() != nullptr ? *found->text() : "";
}

int64_t size_in(const json::Value* descriptor) {
  const json::Value* size = descriptor == nullptr ? nullptr : descriptor->at({"size"});
  return size != nullptr && size->integer() != nullptr ? *size->integer() : 0;
}

int64_t sizes_in(const json::Value* list) {
  int64_t total = 0;
  if (list != nullptr && list->array() != nullptr)
    for (const json::Value& each : *list->array()) total += size_in(&each);
  return total;
}

}  // namespace

Images::Images(std::string folder)
    : root_(folder.empty() ? std::string() : std::move(folder) + "/docker/registry/v2") {}

std::string Images::path_of(const std::string& repository) const {
  return fmt::format("{}/repositories/{}", root_, repository);
}

std::string Images::blob(const std::string& digest) const {
  if (!digest.starts_with(kSha256) || digest.size() <= kSha256.size() + 2) return {};
  const std::string hex = digest.substr(kSha256.size());
  return fmt::format("{}/blobs/sha256/{}/{}/data", root_, hex.substr(0, 2), hex);
}

bool Images::has_manifest(const std::string& path) const {
  const std::string revisions = path + "/_manifests/revisions/sha256";
  const auto names = names_in(revisions);
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return file_exists(fmt::format("{}/{}/link", revisions, name));
  });
}

std::vector<std::string> Images::repositories() const {
  std::vector<std::string> found;
  if (root_.empty()) return found;
  const std::string top = root_ + "/repositories/";
  std::error_code ignored;
  for (fs::recursive_directory_iterator at(top, ignored), end; !ignored && at != end; at.increment(ignored)) {
    const std::string path = at->path().string();
    if (at->path().filename().string().starts_with('_')) {
      at.disable_recursion_pending();
    } else if (has_manifest(path)) {
      found.push_back(path.substr(top.size()));
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<StoredTag> Images::tags(const std::string& repository) const {
  std::vector<StoredTag> found;
  if (root_.empty()) return found;
  const std::string folder = path_of(repository) + "/_manifests/tags";
  for (const std::string& name : names_in(folder)) {
    const std::string current = fmt::format("{}/{}/current/link", folder, name);
    const auto digest = read_file(current, kLargestLink);
    const auto updated = written_at(current);
    if (!digest || !updated) continue;
    StoredTag tag{name, *digest, *updated, *updated};
    const std::string index = fmt::format("{}/{}/index/sha256", folder, name);
    for (const std::string& hex : names_in(index))
      if (const auto first = written_at(fmt::format("{}/{}/link", index, hex)))
        tag.created = std::min(tag.created, *first);
    found.push_back(std::move(tag));
  }
  return found;
}

StoredManifest Images::manifest(const std::string& digest, Instant created) const {
  StoredManifest found;
  found.digest = digest;
  found.created = created;
  const std::string path = blob(digest);
  const auto document = read_json(path);
  if (!document) return found;
  std::error_code ignored;
  const uintmax_t own = fs::file_size(path, ignored);
  const json::Value* config = document->at({"config"});
  found.image_size = (ignored ? 0 : static_cast<int64_t>(own)) + size_in(config) +
                     sizes_in(document->at({"layers"})) + sizes_in(document->at({"manifests"}));
  found.media_type = text_in(*document, {"mediaType"});
  if (found.media_type.empty())
    found.media_type = config != nullptr ? "application/vnd.oci.image.manifest.v1+json"
                                         : "application/vnd.oci.image.index.v1+json";
  if (config == nullptr) return found;
  found.config_media_type = text_in(*config, {"mediaType"});
  if (const auto settings = read_json(blob(text_in(*config, {"digest"})))) {
    found.architecture = text_in(*settings, {"architecture"});
    found.os = text_in(*settings, {"os"});
  }
  return found;
}

std::vector<StoredManifest> Images::manifests(const std::string& repository) const {
  std::vector<StoredManifest> found;
  if (root_.empty()) return found;
  const auto all_tags = tags(repository);
  const std::string folder = path_of(repository) + "/_manifests/revisions/sha256";
  for (const std::string& hex : names_in(folder)) {
    const auto created = written_at(fmt::format("{}/{}/link", folder, hex));
    if (!created) continue;
    StoredManifest each = manifest(fmt::format("{}{}", kSha256, hex), *created);
    for (const StoredTag& tag : all_tags)
      if (tag.digest == each.digest) each.tags.push_back(tag.name);
    found.push_back(std::move(each));
  }
  return found;
}

std::string Images::artifact_type(const std::string& digest) const {
  const auto document = root_.empty() ? std::nullopt : read_json(blob(digest));
  if (!document) return {};
  const std::string own = text_in(*document, {"artifactType"});
  return own.empty() ? text_in(*document, {"config", "mediaType"}) : own;
}

int64_t Images::size() const {
  int64_t total = 0;
  if (root_.empty()) return total;
  std::error_code ignored;
  for (fs::recursive_directory_iterator at(root_ + "/blobs", ignored), end; !ignored && at != end;
       at.increment(ignored)) {
    std::error_code gone;
    const uintmax_t size = at->is_regular_file(gone) ? at->file_size(gone) : 0;
    if (!gone) total += static_cast<int64_t>(size);
  }
  return total;
}

Result<> Images::remove_tag(const std::string& repository, const std::string& tag) const {
  const auto all = tags(repository);
  if (std::none_of(all.begin(), all.end(), [&](const StoredTag& each) { return each.name == tag; }))
    return fail(ErrorCode::not_found, fmt::format("the tag '{}' does not exist", tag));
  const std::string path = fmt::format("{}/_manifests/tags/{}", path_of(repository), tag);
  std::error_code problem;
  fs::remove(path + "/current/link", problem);  // with this the tag is gone; the rest is clearing up
  if (!problem) fs::remove_all(path, problem);
  if (problem) return fail(ErrorCode::unavailable, fmt::format("remove '{}': {}", path, problem.message()));
  return {};
}

Result<> Images::remove_repository(const std::string& repository) const {
  if (root_.empty()) return {};
  const std::string path = path_of(repository);
  std::error_code problem;
  for (const char* part : {"/_manifests", "/_layers", "/_uploads"}) {
    fs::remove_all(path + part, problem);
    if (problem)
      return fail(ErrorCode::unavailable, fmt::format("remove '{}{}': {}", path, part, problem.message()));
  }
  fs::remove(path, problem);  // fails, rightly, when there are repositories below it
  return {};
}

}  // namespace scoped::emulator
