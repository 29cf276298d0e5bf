#include "agent/ctl/clients/client_file.h"

#include <algorithm>
#include <array>

namespace scoped::ctl {

std::span<const ClientFile> client_files() {
  static const std::array files = {rows::docker_file, rows::docker_store_file, rows::buildx_file,
                                   rows::containers_file};
  return files;
}

const ClientFile& client_file(std::string_view name) {
  const auto files = client_files();
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const ClientFile& each) { return each.name == name; });
  CHECK_INVARIANT(found != files.end());
  return *found;
}

}  // namespace scoped::ctl
