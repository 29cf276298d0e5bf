// The images as CNCF Distribution's file-system driver keeps them: repositories, tags, manifests. Read from
// its folder, which holds no cache of any of it; what is written there is only the removal of links. Thread
// rule: reading races with Distribution as two of its replicas do, so something that has just gone is left
// out.
//
// Layout: https://github.com/distribution/distribution/blob/v2.8.2/registry/storage/paths.go
#pragma once

#include "common/base/result.h"
#include "common/base/time.h"

#include <stdint.h>

#include <string>
#include <vector>

namespace scoped::emulator {

struct StoredTag {
  std::string name;
  std::string digest;
  Instant created{}, updated{};
};

struct StoredManifest {
  std::string digest;
  std::string media_type;
  std::string config_media_type;  // this and the next two are empty for an index
  std::string architecture, os;
  int64_t image_size = 0;  // of the manifest and all that it names
  Instant created{};
  std::vector<std::string> tags;
};

class Images {
 public:
  // The driver's rootdirectory; empty: there are no images.
  explicit Images(std::string folder);

  // Those with at least one manifest, in order.
  std::vector<std::string> repositories() const;
  // In the order of name or digest; empty for an unknown repository. REQUIRES: is_repository.
  std::vector<StoredTag> tags(const std::string& repository) const;
  std::vector<StoredManifest> manifests(const std::string& repository) const;

  // What an artifact says that it is, or else its configuration. REQUIRES: a digest that Distribution gave.
  std::string artifact_type(const std::string& digest) const;
  // Bytes of all blobs.
  int64_t size() const;

  // not_found: there is no such tag.
  Result<> remove_tag(const std::string& repository, const std::string& tag) const;
  // The links of its manifests, tags and layers. Repositories below it stay, and so do blobs.
  Result<> remove_repository(const std::string& repository) const;

 private:
  std::string path_of(const std::string& repository) const;
  std::string blob(const std::string& digest) const;
  bool has_manifest(const std::string& path) const;
  StoredManifest manifest(const std::string& digest, Instant created) const;

  std::string root_;
};

}  // namespace scoped::emulator
