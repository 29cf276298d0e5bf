// How a client asks and how it is answered, apart from which password it gets: a protocol is one Form. Pure.
#pragma once

#include "common/answer/grant.h"
#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/protocol/docker.h"

#include <functional>
#include <optional>
#include <string_view>

namespace scoped::answer {

// What one request asks for.
struct Asked {
  std::optional<protocol::Key> key;  // nothing: it names no registry
  std::function<Secret(const Grant& grant)> render;
};

struct Form {
  // Takes the client's stdin. Errors are the protocol's own lines.
  Result<Asked> (*read)(std::string_view input);
  // The client sends one key and no other one after it, so that the registry's own choice is asked for at
  // once where nothing fits the repository.
  bool has_one_key = false;
  // Whoever started us looks at stderr alone.
  bool fails_on_stderr = false;
};
Form docker_form();   // the credential-helper protocol
Form kubelet_form();  // kubelet's exec credential providers

}  // namespace scoped::answer
