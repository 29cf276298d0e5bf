// links: protocol json base
// Whatever kubelet sends: what is understood is stable, no error quotes the input, and an answer is strict
// JSON whose patterns, walked as kubelet walks them, give this image the current password first.
#include "common/base/result.h"
#include "common/json/value.h"
#include "common/protocol/kubelet.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace scoped;

namespace {

std::string request_of(const protocol::KubeletRequest& request) {
  return R"({"kind":"CredentialProviderRequest","apiVersion":)" + json::quote(request.api_version) +
         R"(,"image":)" + json::quote(request.image) + "}";
}

// What kubelet's keyring makes of a pattern.
std::string key_of(const std::string& pattern) {
  const size_t slash = std::min(pattern.find('/'), pattern.size());
  std::string path = pattern.substr(slash);
  if (path.starts_with("/v1/") || path.starts_with("/v2/")) path.erase(0, 3);
  return pattern.substr(0, slash) + (path == "/" ? "" : path);
}

void check_answer(const protocol::KubeletRequest& request, bool with_previous) {
  const Secret current(std::string_view("current")), previous(std::string_view("previous"));
  const protocol::KubeletLogin first{"user", current}, second{"user", previous};
  const Secret answer = protocol::format_kubelet_logins(request, first, with_previous ? &second : nullptr,
                                                        std::chrono::seconds(1));
  CHECK_INVARIANT(answer.reveal().ends_with('\n'));
  const auto document = json::parse(answer.reveal());
  CHECK_INVARIANT(document && document->object() && document->object()->size() == 5);
  CHECK_INVARIANT(*document->at({"apiVersion"})->text() == request.api_version);
  std::vector<std::pair<std::string, std::string>> keys;
  for (const json::Member& member : document->at({"auth"})->object()->members())
    keys.emplace_back(key_of(member.key), *member.value.at({"password"})->text());
  std::sort(keys.rbegin(), keys.rend());
  CHECK_INVARIANT(!keys.empty() && keys.size() <= (with_previous ? 2 : 1));
  CHECK_INVARIANT(keys.front() == std::pair(request.image, std::string("current")));
  if (keys.size() == 1) return;
  const size_t host = request.image.find('/');
  CHECK_INVARIANT(keys[1].second == "previous" && keys[1].first.size() < request.image.size());
  CHECK_INVARIANT(host != std::string::npos && keys[1].first.size() >= host);
  CHECK_INVARIANT(request.image.starts_with(keys[1].first));
}

void check_key(const std::string& image) {
  const auto key = protocol::read_image(image);
  if (!key) return;
  CHECK_INVARIANT(!key->registry.empty() && !key->repository.empty());
  if (key->registry.find_first_of(".:") == std::string::npos)
    return;  // alone it would be a folder of the Hub
  const auto again = protocol::read_image(key->registry + "/" + key->repository);
  CHECK_INVARIANT(again && again->registry == key->registry && again->repository == key->repository);
}

void check_request(std::string_view input) {
  const auto request = protocol::parse_kubelet_request(input);
  if (!request) {
    static const std::string line = protocol::parse_kubelet_request({}).error().line();
    CHECK_INVARIANT(request.error().line() == line);
    return;
  }
  CHECK_INVARIANT(!request->image.empty() && request->image.find('@') == std::string::npos);
  const auto again = protocol::parse_kubelet_request(request_of(*request));
  CHECK_INVARIANT(again && again->image == request->image && again->api_version == request->api_version);
  check_key(request->image);
  if (!protocol::read_image(request->image)) return;
  check_answer(*request, true);
  check_answer(*request, false);
}

}  // namespace

// The input as a whole request, and as the image of a good one: few mutations leave a request good.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_request(input);
  check_request(request_of({"credentialprovider.kubelet.k8s.io/v1", std::string(input)}));
  return 0;
}
