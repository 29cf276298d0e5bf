// Requests and answers of kubelet's exec credential providers (credentialprovider.kubelet.k8s.io; reference
// credential-helper-protocol 3) as values. Pure.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"
#include "common/base/time.h"
#include "common/protocol/docker.h"

#include <optional>
#include <string>
#include <string_view>

namespace scoped::protocol {

struct KubeletRequest {
  std::string api_version;  // one of the three that kubelet has had; the answer must name it again
  std::string image;        // as kubelet wrote it, without tag and digest
};
// Unknown members are ignored, as kubelet adds one now and then. invalid_input: one fixed line that does not
// quote the input, for whatever is no request of a known version with an image, or longer than 256 KiB.
Result<KubeletRequest> parse_kubelet_request(std::string_view input);

// The registry and repository of an image, by the rules of Docker's names: "app" and "team/app" without a
// domain are Docker Hub's. The repository is never empty. Nothing when it is no image's name.
std::optional<Key> read_image(std::string_view image);

struct KubeletLogin {
  std::string_view username;
  const Secret& password;
};
// One object and a newline, with exactly the members that kubelet's strict decoder knows. Kubelet tries
// `current` first and then `previous`, which may be null. `keep_for`: how long kubelet may use the answer
// without asking again, 0 for not at all. REQUIRES: an image that read_image understands.
Secret format_kubelet_logins(const KubeletRequest& request, const KubeletLogin& current,
                             const KubeletLogin* previous, Seconds keep_for);
// There is nothing for this image; for version v1 it is kKubeletNothing. Not to be kept, so that a registry
// that is configured a moment later is found.
std::string format_kubelet_nothing(const KubeletRequest& request);

// As Go prints a time.Duration of whole seconds: "0s", "59s", "10m0s", "1h0m5s". REQUIRES: not negative.
std::string format_go_duration(Seconds length);

}  // namespace scoped::protocol
