// The logins that stand in Docker's config.json itself ("auths"). With a "credsStore" Docker no longer reads
// them, so they are moved to where the helper finds them, and back. A value that is taken out leaves an empty
// one, so that it comes back to the byte. Pure.
#pragma once

#include "common/answer/saved_logins.h"
#include "common/base/result.h"
#include "common/base/secret.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace scoped::ctl {

struct DockerLogin {
  std::string server_url;  // as it stands there
  answer::SavedLogin login;
};

struct TakenLogins {
  Secret text;  // without them
  std::vector<DockerLogin> logins;
  std::vector<std::string> left;  // whose entries are not as Docker writes them: they stay
};

// invalid_input: the text is not what Docker would read.
Result<TakenLogins> take_logins(std::string_view text);

struct ReturnedLogins {
  Secret text;
  std::vector<std::string> server_urls;  // whose logins stand there again
};

// Fills each emptied value whose login `find` knows.
using FindLogin = std::function<Result<std::optional<answer::SavedLogin>>(const std::string& server_url)>;
Result<ReturnedLogins> return_logins(std::string_view text, const FindLogin& find);

}  // namespace scoped::ctl
