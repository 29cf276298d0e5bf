#include "common/net/curl_module.h"

#include "common/base/file.h"
#include "common/net/curl_maker.h"

#include <dlfcn.h>
#include <limits.h>
#include <unistd.h>

#include <array>

namespace scoped::net {
namespace {

constexpr const char* kModule = "/scoped-curl.so";

std::string own_folder() {
  std::array<char, PATH_MAX> path{};
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size() - 1);
  return size <= 0 ? SCOPED_LIBEXECDIR : folder_of(std::string(path.data(), static_cast<size_t>(size)));
}

// Beside the program first, so that a build tree never meets the module of an installed version.
Result<std::string> find_module() {
  const std::string own = own_folder();
  for (const std::string& folder : {own, std::string(SCOPED_LIBEXECDIR)})
    if (file_exists(folder + kModule)) return folder + kModule;
  return fail(ErrorCode::internal, "open scoped-curl.so: it is neither in '" + own +
                                       "' nor in '" SCOPED_LIBEXECDIR "'; install the package again");
}

}  // namespace

Result<std::unique_ptr<Transport>> load_curl_transport(const std::atomic<bool>* stop) {
  const std::string path = TRY(find_module());
  // Never closed: libcurl and OpenSSL cannot be unloaded cleanly.
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) return fail(ErrorCode::internal, std::string("open module: ") + dlerror());
  const auto make = reinterpret_cast<CurlMaker>(dlsym(module, kCurlMakerName));
  std::unique_ptr<Transport> transport(make == nullptr ? nullptr : make(SCOPED_VERSION, stop));
  if (transport == nullptr)
    return fail(ErrorCode::internal, "module '" + path +
                                         "' is not of version " SCOPED_VERSION
                                         " or cannot start libcurl; install the package again");
  return transport;
}

}  // namespace scoped::net
