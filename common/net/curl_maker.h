// The one symbol that scoped-curl.so exports, as both sides see it. C linkage for the name only: module and
// program are of one build, which the version proves.
#pragma once

#include "common/net/http.h"

#include <atomic>

namespace scoped::net {

constexpr const char* kCurlMakerName = "scoped_make_curl_transport";
// Null when `version` is not the module's own, or when libcurl cannot be initialised. The caller owns it.
using CurlMaker = Transport* (*)(const char* version, const std::atomic<bool>* stop);

}  // namespace scoped::net
