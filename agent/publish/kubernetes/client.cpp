#include "agent/publish/kubernetes/client.h"

#include <algorithm>

namespace scoped::publish::kubernetes {
namespace {

constexpr int kPage = 200;
constexpr size_t kLargestAnswer = 16 << 20;  // a secret is 1 MiB at most, a page of pull secrets far less
constexpr json::Limits kLimits{.bytes = kLargestAnswer, .depth = 64, .values = 1'000'000};
constexpr std::string_view kApply = "application/apply-patch+yaml";  // JSON is YAML

std::string path_of(const Wanted& wanted) {
  return "/api/v1/namespaces/" + net::percent_encode(wanted.space) + "/secrets/" +
         net::percent_encode(wanted.name);
}

std::string display(const Wanted& wanted) { return "secret '" + wanted.space + "/" + wanted.name + "'"; }

// The pages of a list; `each` is given every object.
template <typename Get, typename Each>
Result<> for_each_object(const Get& get, const std::string& path, const Each& each) {
  std::string next;
  do {
    const json::Value page = TRY(get(path + "&limit=" + std::to_string(kPage) +
                                     (next.empty() ? "" : "&continue=" + net::percent_encode(next))));
    const json::Value* items = page.at({"items"});
    if (items == nullptr || items->array() == nullptr)
      return fail(ErrorCode::corrupt, "the API server's answer is no list");
    for (const json::Value& item : *items->array()) TRY(each(item));
    const json::Value* more = page.at({"metadata", "continue"});
    next = more != nullptr && more->text() != nullptr ? *more->text() : std::string();
  } while (!next.empty());
  return {};
}

std::string text_at(const json::Value& object, std::initializer_list<std::string_view> path) {
  const json::Value* found = object.at(path);
  return found != nullptr && found->text() != nullptr ? *found->text() : std::string();
}

}  // namespace

// A token may have ended just now: after a 401 once more with another, where there may be one.
Result<net::Response> Client::send(const std::function<net::Request()>& make) {
  net::Transport* transport = TRY(transport_());
  for (bool again = false;; again = true) {
    net::Request request = make();
    request.limits.body_bytes = kLargestAnswer;
    TRY(access_->complete(request));
    auto response = transport->send(request);
    if (!response || response->status != 401 || again || !access_->refused()) return response;
  }
}

Error Client::error_of(const net::Response& response, const std::string& what,
                       const std::string& verb) const {
  if (response.status == 403)
    return Error(ErrorCode::denied, what + ": the API server does not let us '" + verb +
                                        "' it: apply the role of packaging/kubernetes for it")
        .with_http_status(403);
  if (response.status == 401)
    return Error(ErrorCode::login, what +
                                       ": the API server does not know us: renew the service account's "
                                       "token or the kubeconfig's credentials")
        .with_http_status(401);
  return net::error_of_status(response, verb + " " + what, clock_.now());
}

Result<json::Value> Client::get(const std::string& path, const std::string& what) {
  const net::Response response = TRY(send([&path] {
    net::Request request;
    request.url = path;
    request.headers.emplace_back("Accept", "application/json");
    return request;
  }));
  if (response.status != 200)
    return fail(error_of(response, what, path.find('?') == std::string::npos ? "get" : "list"));
  return TRY_WITH(json::parse(response.body.reveal(), kLimits), what + ": the API server's answer");
}

Result<std::vector<std::string>> Client::namespaces(const std::string& selector) {
  std::vector<std::string> names;
  const std::string what = "namespaces with '" + selector + "'";
  const auto page = [this, &what](const std::string& path) { return get(path, what); };
  TRY(for_each_object(page, "/api/v1/namespaces?labelSelector=" + net::percent_encode(selector),
                      [&names](const json::Value& item) -> Result<> {
                        if (text_at(item, {"status", "phase"}) != "Terminating")
                          names.push_back(text_at(item, {"metadata", "name"}));
                        return {};
                      }));
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::map<std::string, PullSecret>> Client::secrets_named(const std::string& name) {
  std::map<std::string, PullSecret> found;
  const std::string what = "secrets '" + name + "' of all namespaces";
  const auto page = [this, &what](const std::string& path) { return get(path, what); };
  TRY(for_each_object(page, "/api/v1/secrets?fieldSelector=" + net::percent_encode("metadata.name=" + name),
                      [&found](const json::Value& item) -> Result<> {
                        PullSecret secret = TRY(read_pull_secret(item));
                        found[secret.space] = std::move(secret);
                        return {};
                      }));
  return found;
}

Result<std::optional<PullSecret>> Client::secret(const Wanted& wanted) {
  auto object = get(path_of(wanted), display(wanted));
  if (!object && object.error().http_status() == 404) return std::optional<PullSecret>();
  const json::Value found = TRY(std::move(object));
  return std::optional(TRY(read_pull_secret(found)));
}

Result<> Client::apply(const Wanted& wanted, const Change& change) {
  const net::Response response = TRY(send([&] {
    net::Request request;
    request.method = "PATCH";
    request.url = path_of(wanted) + "?fieldManager=" + std::string(kManager) +
                  "&force=" + (change.force ? "true" : "false");
    request.content_type = kApply;
    request.headers.emplace_back("Accept", "application/json");
    request.body = change.body.clone();
    return request;
  }));
  if (response.status == 200 || response.status == 201) return {};
  if (response.status == 404)
    return fail(ErrorCode::not_found, display(wanted) + ": there is no namespace '" + wanted.space +
                                          "': make it, or take it out of 'namespaces'");
  if (response.status == 422)
    return fail(ErrorCode::invalid_input, display(wanted) + ": the API server refuses it as no valid secret");
  if (response.status == 409)
    return fail(ErrorCode::conflict, display(wanted) + ": somebody else has changed it at the same time");
  return fail(error_of(response, display(wanted), "patch"));
}

}  // namespace scoped::publish::kubernetes
