// How a failed OpenSSL call becomes an Error. Reads and empties the thread's error queue, since what is left
// in it confuses the next TLS connection.
#pragma once

#include "common/base/error.h"

#include <string>

namespace scoped::crypto {

// "what: reason"; OpenSSL's reasons never hold data.
Error openssl_error(ErrorCode code, std::string what);

}  // namespace scoped::crypto
