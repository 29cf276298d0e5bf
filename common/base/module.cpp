#include "common/base/module.h"

#include "common/base/file.h"

#include <dlfcn.h>
#include <limits.h>
#include <unistd.h>

#include <array>

namespace scoped {
namespace {

std::string own_folder(const std::string& otherwise) {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size() - 1);
  return size <= 0 ? otherwise : folder_of(std::string(path.data(), static_cast<size_t>(size)));
}

}  // namespace

Result<void*> find_in_module(const std::string& file, const std::string& libexec, const char* symbol) {
  const std::string own = own_folder(libexec);
  for (const std::string& folder : {own, libexec}) {
    const std::string path = folder + "/" + file;
    if (!file_exists(path)) continue;
    // Lazily: of what forty libraries name, a pull calls little. The module itself is linked to be bound at
    // once, so that one which does not fit the program is refused here.
    void* module = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (module == nullptr) return fail(ErrorCode::internal, std::string("open module: ") + dlerror());
    void* found = dlsym(module, symbol);
    if (found != nullptr) return found;
    return fail(ErrorCode::internal, "module '" + path + "' is damaged; install the package again");
  }
  return fail(ErrorCode::internal, "open " + file + ": it is neither in '" + own + "' nor in '" + libexec +
                                       "'; install the package again");
}

}  // namespace scoped
