// Opens scoped-curl.so (from the compiled-in libexec folder or the program's own folder, never from
// elsewhere) and makes the curl Transport. Programs that never call this never load libcurl.
#pragma once

#include "common/net/http.h"

#include <atomic>
#include <memory>

namespace scoped::net {

// `stop`, when given, ends running transfers with `cancelled` about 100 ms after it becomes true; it must
// outlive the transport. A `once` request that may have left is given 2 s more to bring its answer home,
// since a lost answer of a generate costs a whole fence; then it ends as `ambiguous`. Error (internal): the
// module is missing, damaged or of another version; it names the file.
Result<std::unique_ptr<Transport>> load_curl_transport(const std::atomic<bool>* stop = nullptr);

}  // namespace scoped::net
