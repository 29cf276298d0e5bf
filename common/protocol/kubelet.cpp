#include "common/protocol/kubelet.h"

#include "common/json/value.h"
#include "common/protocol/quoted.h"

#include <algorithm>
#include <array>

namespace scoped::protocol {
namespace {

constexpr std::string_view kKind = "CredentialProviderRequest";
constexpr std::array<std::string_view, 3> kVersions = {"credentialprovider.kubelet.k8s.io/v1",
                                                       "credentialprovider.kubelet.k8s.io/v1beta1",
                                                       "credentialprovider.kubelet.k8s.io/v1alpha1"};
// A request holds a name, a token and annotations, all of which are far smaller in a cluster.
constexpr json::Limits kLimits{.bytes = 256 << 10, .depth = 8, .values = 10'000};

constexpr std::string_view kHub = "docker.io";
constexpr std::string_view kOfficial = "library/";

tl::unexpected<Error> no_request() {
  return fail(ErrorCode::invalid_input,
              "not a CredentialProviderRequest of credentialprovider.kubelet.k8s.io v1, v1beta1 or v1alpha1 "
              "with an image");
}

std::string_view text_at(const json::Value& document, std::string_view name) {
  const json::Value* value = document.at({name});
  const std::string* text = value != nullptr ? value->text() : nullptr;
  return text != nullptr ? std::string_view(*text) : std::string_view();
}

// "host:5000/team/app:1.2@sha256:..." without what comes after the repository. A colon before the last slash
// belongs to a port.
std::string_view without_tag(std::string_view image) {
  image = image.substr(0, image.find('@'));
  const size_t slash = image.rfind('/');
  const size_t colon = image.find(':', slash == std::string_view::npos ? 0 : slash);
  return image.substr(0, colon);
}

// Docker's rule: what comes before the first slash is a host if it looks like one, else a folder on the Hub.
bool is_domain(std::string_view first) {
  return first == "localhost" || std::any_of(first.begin(), first.end(), [](char c) {
           return c == '.' || c == ':' || (c >= 'A' && c <= 'Z');
         });
}

// A pattern that kubelet understands as this start of an image's name. Of a pattern's path it drops a leading
// "/v1" or "/v2" (of the image's it does not), so that a folder of that name needs one more in front.
std::string pattern_for(std::string_view start) {
  const size_t slash = std::min(start.find('/'), start.size());
  const std::string_view path = start.substr(slash);
  const bool is_dropped = path.starts_with("/v1/") || path.starts_with("/v2/");
  return std::string(start.substr(0, slash)) + (is_dropped ? "/v2" : "") + std::string(path);
}

// The pattern for the second password. Kubelet walks the patterns that match an image in reverse order of
// their bytes, hence a longer one before its own beginning: the whole name comes first, whatever is left
// after cutting its end comes second. Patterns are plain beginnings and end at no slash, so every shorter one
// covers more of the registry; the one that lacks a single character covers least. The host is never
// shortened and gets no wildcard: then the password could be sent to somebody else's registry. Empty where
// nothing can be cut.
std::string second_pattern(std::string_view image) {
  const size_t slash = image.find('/');
  if (slash == std::string_view::npos || slash + 1 >= image.size()) return {};
  return pattern_for(image.substr(0, image.size() - 1));
}

void append_head(std::string& out, const KubeletRequest& request, Seconds keep_for) {
  out += R"({"kind":"CredentialProviderResponse","apiVersion":)";
  append_quoted(out, request.api_version);
  out += R"(,"cacheKeyType":"Image","cacheDuration":)";
  append_quoted(out, format_go_duration(keep_for));
  out += R"(,"auth":)";
}

void append_login(std::string& out, std::string_view pattern, const KubeletLogin& login) {
  append_quoted(out, pattern);
  out += R"(:{"username":)";
  append_quoted(out, login.username);
  out += R"(,"password":)";
  append_quoted(out, login.password.reveal());
  out += '}';
}

size_t room_for(std::string_view pattern, const KubeletLogin& login) {
  constexpr size_t kNames = 32;
  return kNames + room_for_quoted(pattern) + room_for_quoted(login.username) +
         room_for_quoted(login.password.reveal());
}

}  // namespace

Result<KubeletRequest> parse_kubelet_request(std::string_view input) {
  const auto document = json::parse(input, kLimits);
  if (!document) return no_request();
  const std::string_view version = text_at(*document, "apiVersion");
  const bool is_known = std::find(kVersions.begin(), kVersions.end(), version) != kVersions.end();
  const std::string_view image = without_tag(text_at(*document, "image"));
  if (!is_known || text_at(*document, "kind") != kKind || image.empty()) return no_request();
  return KubeletRequest{std::string(version), std::string(image)};
}

std::optional<Key> read_image(std::string_view image) {
  const size_t slash = image.find('/');
  const bool has_domain = slash != std::string_view::npos && is_domain(image.substr(0, slash));
  const std::string_view domain = has_domain ? image.substr(0, slash) : kHub;
  std::string repository(has_domain ? image.substr(slash + 1) : image);
  if (repository.empty() || repository.starts_with('/') || repository.ends_with('/')) return std::nullopt;
  auto key = read_key(std::string(domain) + "/" + repository);
  if (!key) return std::nullopt;
  if (key->registry == kHub && repository.find('/') == std::string::npos) repository.insert(0, kOfficial);
  // read_key takes "v1" and "v2" for a registry's address; in an image they are a repository.
  key->repository = std::move(repository);
  return key;
}

Secret format_kubelet_logins(const KubeletRequest& request, const KubeletLogin& current,
                             const KubeletLogin* previous, Seconds keep_for) {
  constexpr size_t kNames = 256;
  const std::string first = pattern_for(request.image);
  const std::string second = previous != nullptr ? second_pattern(request.image) : std::string();
  std::string text;
  text.reserve(kNames + room_for(first, current) + (second.empty() ? 0 : room_for(second, *previous)));
  append_head(text, request, keep_for);
  text += '{';
  append_login(text, first, current);
  if (!second.empty()) {
    text += ',';
    append_login(text, second, *previous);
  }
  text += "}}\n";
  return Secret::take(std::move(text));
}

std::string format_kubelet_nothing(const KubeletRequest& request) {
  std::string text;
  append_head(text, request, Seconds(0));
  return text + "null}\n";
}

std::string format_go_duration(Seconds length) {
  constexpr int64_t kMinute = 60, kHour = 3600;
  const int64_t all = length.count();
  std::string text;
  if (all >= kHour) text = std::to_string(all / kHour) + "h";
  if (all >= kMinute) text += std::to_string(all % kHour / kMinute) + "m";
  return text + std::to_string(all % kMinute) + "s";
}

}  // namespace scoped::protocol
