#include "common/net/curl_module.h"

#include "common/base/module.h"
#include "common/net/curl_maker.h"

namespace scoped::net {

Result<std::unique_ptr<Transport>> load_curl_transport(const std::atomic<bool>* stop) {
  void* const symbol = TRY(find_in_module("scoped-curl.so", SCOPED_LIBEXECDIR, kCurlMakerName));
  std::unique_ptr<Transport> transport(reinterpret_cast<CurlMaker>(symbol)(SCOPED_VERSION, stop));
  if (transport == nullptr)
    return fail(ErrorCode::internal, "module 'scoped-curl.so' is not of version " SCOPED_VERSION
                                     " or cannot start libcurl; install the package again");
  return transport;
}

}  // namespace scoped::net
