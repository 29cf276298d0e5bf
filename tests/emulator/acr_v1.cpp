// /acr/v1: what a registry knows of its repositories, tags and manifests. The catalog of /v2 is the same
// list.
#include "tests/emulator/acr_v1.h"

#include "common/json/value.h"
#include "tests/emulator/data_plane.h"
#include "tests/emulator/locks.h"
#include "tests/emulator/login.h"
#include "tests/emulator/times.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace scoped::emulator {
namespace {

constexpr size_t kPageSize = 100;
constexpr size_t kLargestPage = 1000;

// One item of a list: what it is sorted and found by, and how it is shown.
struct Entry {
  std::string name;
  Instant updated;
  json::Value shown;
};

struct Order {
  std::string_view name;  // of the parameter 'orderby'
  bool (*before)(const Entry&, const Entry&);
};
constexpr std::array<Order, 3> kOrders = {
    Order{"", [](const Entry& a, const Entry& b) { return a.name < b.name; }},
    {"timeasc", [](const Entry& a, const Entry& b) { return a.updated < b.updated; }},
    {"timedesc", [](const Entry& a, const Entry& b) { return a.updated > b.updated; }}};

tl::unexpected<Refusal> bad_parameter(std::string_view name) {
  return refuse(400, "PAGINATION_NUMBER_INVALID", fmt::format("the parameter '{}' is not valid", name));
}

std::string parameter(const Turn& turn, std::string_view name) {
  const std::string* value = find_field(turn.request.query, name);
  return value == nullptr ? "" : *value;
}

Outcome<size_t> page_size(const Turn& turn) {
  const std::string text = parameter(turn, "n");
  if (text.empty()) return kPageSize;
  if (text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos || std::stoul(text) == 0)
    return bad_parameter("n");
  return std::min<size_t>(std::stoul(text), kLargestPage);
}

// Where the page begins: behind the item that `last` names, or where it would be.
size_t first_of(const std::vector<Entry>& entries, const std::string& last, bool by_name) {
  if (last.empty()) return 0;
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& each) {
    return by_name ? each.name > last : each.name == last;
  });
  const size_t at = static_cast<size_t>(found - entries.begin());
  return found == entries.end() || by_name ? at : at + 1;
}

// The page that is asked for, as the member `name` of `body`, with a Link to the next.
Outcome<Answer> page_answer(const Turn& turn, json::Object body, std::string name,
                            std::vector<Entry> entries) {
  const size_t size = TRY(page_size(turn));
  const std::string orderby = parameter(turn, "orderby");
  const auto order =
      std::find_if(kOrders.begin(), kOrders.end(), [&](const Order& each) { return each.name == orderby; });
  if (order == kOrders.end()) return bad_parameter("orderby");
  std::stable_sort(entries.begin(), entries.end(), order->before);
  const size_t first = first_of(entries, parameter(turn, "last"), orderby.empty());
  const size_t end = std::min(first + size, entries.size());
  json::Array list;
  for (size_t i = first; i < end; ++i) list.push_back(std::move(entries[i].shown));
  body.set(std::move(name), std::move(list));
  Answer answer;
  answer.body = json::dump(std::move(body));
  if (end < entries.size() && end > first)
    answer.headers.emplace_back("Link",
                                fmt::format("<{}?last={}&n={}&orderby={}>; rel=\"next\"", turn.request.path(),
                                            percent_encode(entries[end - 1].name), size, orderby));
  return answer;
}

std::string shown_time(Instant at) {
  std::string text = arm_time(at);
  text.replace(text.size() - 6, 6, "Z");  // the data plane writes no "+00:00"
  return text;
}

Answer answer_of(json::Object body) {
  Answer answer;
  answer.body = json::dump(std::move(body));
  return answer;
}

json::Object head(const Turn& turn) {
  json::Object object;
  object.set("registry", turn.site.parts.addresses.login_server);
  object.set("imageName", turn.captures[0]);
  return object;
}

Attributes attributes_of(const Turn& turn, const StoredTag& tag) {
  return turn.site.model.attributes(tag_key(turn.captures[0], tag.name));
}
Attributes attributes_of(const Turn& turn, const StoredManifest& manifest) {
  return turn.site.model.attributes(manifest_key(turn.captures[0], manifest.digest));
}

json::Value show(const Turn& turn, const StoredTag& tag) {
  json::Object object;
  object.set("name", tag.name);
  object.set("digest", tag.digest);
  object.set("createdTime", shown_time(tag.created));
  object.set("lastUpdateTime", shown_time(tag.updated));
  object.set("signed", false);
  object.set("changeableAttributes", show(attributes_of(turn, tag)));
  return object;
}

json::Value show(const Turn& turn, const StoredManifest& manifest) {
  json::Object object;
  object.set("digest", manifest.digest);
  object.set("imageSize", manifest.image_size);
  object.set("createdTime", shown_time(manifest.created));
  object.set("lastUpdateTime", shown_time(manifest.created));
  if (!manifest.architecture.empty()) object.set("architecture", manifest.architecture);
  if (!manifest.os.empty()) object.set("os", manifest.os);
  object.set("mediaType", manifest.media_type);
  if (!manifest.config_media_type.empty()) object.set("configMediaType", manifest.config_media_type);
  json::Array tags;
  for (const std::string& tag : manifest.tags) tags.emplace_back(tag);
  object.set("tags", std::move(tags));
  object.set("changeableAttributes", show(attributes_of(turn, manifest)));
  return object;
}

Outcome<Answer> catalog(Turn& turn) {
  const Admission admission = admit_to(turn, {"registry", "catalog", {"*"}});
  if (!admission.grant) return admission.refusal;
  std::vector<Entry> entries;
  for (const std::string& name : Images(turn.site.parts.images).repositories())
    if (turn.site.model.attributes(repository_key(name)).can_list) entries.push_back({name, {}, name});
  return page_answer(turn, {}, "repositories", std::move(entries));
}

// Soft deletion is a policy that is off: what is deleted is gone.
Outcome<Answer> deleted_catalog(Turn& turn) {
  const Admission admission = admit_to(turn, {"registry", "deleted_catalog", {"*"}});
  if (!admission.grant) return admission.refusal;
  return page_answer(turn, {}, "repositories", {});
}

Outcome<Answer> get_repository(Turn& turn) { return with_repository(turn, "metadata_read", show_repository); }
Outcome<Answer> get_tag(Turn& turn) { return with_repository(turn, "metadata_read", show_tag); }
Outcome<Answer> get_manifest(Turn& turn) { return with_repository(turn, "metadata_read", show_manifest); }

Outcome<Answer> list_tags(Turn& turn) {
  return with_repository(turn, "metadata_read", [](Turn& t, const Images& images, const auto&) {
    std::vector<Entry> entries;
    const std::string digest = parameter(t, "digest");
    for (const StoredTag& each : images.tags(t.captures[0]))
      if ((digest.empty() || each.digest == digest) && attributes_of(t, each).can_list)
        entries.push_back({each.name, each.updated, show(t, each)});
    return page_answer(t, head(t), "tags", std::move(entries));
  });
}

Outcome<Answer> list_manifests(Turn& turn) {
  return with_repository(turn, "metadata_read", [](Turn& t, const Images&, const auto& manifests) {
    std::vector<Entry> entries;
    for (const StoredManifest& each : manifests)
      if (attributes_of(t, each).can_list) entries.push_back({each.digest, each.created, show(t, each)});
    return page_answer(t, head(t), "manifests", std::move(entries));
  });
}

constexpr std::array<Route, 8> kRoutes = {Route{"GET", "/v2/_catalog", catalog},
                                          {"GET", "/acr/v1/_catalog", catalog},
                                          {"GET", "/acr/v1/_deleted/_catalog", deleted_catalog},
                                          {"GET", "/acr/v1/{...}/_tags", list_tags},
                                          {"GET", "/acr/v1/{...}/_tags/{}", get_tag},
                                          {"GET", "/acr/v1/{...}/_manifests", list_manifests},
                                          {"GET", "/acr/v1/{...}/_manifests/{}", get_manifest},
                                          {"GET", "/acr/v1/{...}", get_repository}};

}  // namespace

const RouteTable kAcrV1 = {&kLogin, kRoutes};

Outcome<Answer> with_repository(Turn& turn, const char* action, RepositoryHandler handle) {
  const std::string& repository = turn.captures[0];
  if (!is_repository(repository)) return refuse(404, "NAME_INVALID", "invalid repository name");
  const Admission admission = admit_to(turn, {"repository", repository, {action}});
  if (!admission.grant) return admission.refusal;
  turn.principal = admission.grant->user;
  const Images images(turn.site.parts.images);
  const auto manifests = images.manifests(repository);
  if (manifests.empty()) return refuse(404, "NAME_UNKNOWN", "repository name not known to registry");
  return handle(turn, images, manifests);
}

Outcome<Answer> show_repository(Turn& turn, const Images& images,
                                const std::vector<StoredManifest>& manifests) {
  const auto tags = images.tags(turn.captures[0]);
  Instant created = manifests.front().created;
  Instant updated = created;
  for (const StoredManifest& each : manifests) {
    created = std::min(created, each.created);
    updated = std::max(updated, each.created);
  }
  for (const StoredTag& each : tags) updated = std::max(updated, each.updated);
  json::Object body = head(turn);
  body.set("createdTime", shown_time(created));
  body.set("lastUpdateTime", shown_time(updated));
  body.set("manifestCount", static_cast<int64_t>(manifests.size()));
  body.set("tagCount", static_cast<int64_t>(tags.size()));
  body.set("changeableAttributes", show(turn.site.model.attributes(repository_key(turn.captures[0]))));
  return answer_of(std::move(body));
}

Outcome<Answer> show_tag(Turn& turn, const Images& images, const std::vector<StoredManifest>&) {
  for (const StoredTag& each : images.tags(turn.captures[0])) {
    if (each.name != turn.captures[1]) continue;
    json::Object body = head(turn);
    body.set("tag", show(turn, each));
    return answer_of(std::move(body));
  }
  return refuse(404, "TAG_UNKNOWN", "the specified tag does not exist");
}

Outcome<Answer> show_manifest(Turn& turn, const Images&, const std::vector<StoredManifest>& manifests) {
  for (const StoredManifest& each : manifests) {
    if (each.digest != turn.captures[1]) continue;
    json::Object body = head(turn);
    body.set("manifest", show(turn, each));
    return answer_of(std::move(body));
  }
  return refuse(404, "MANIFEST_UNKNOWN", "manifest unknown");
}

}  // namespace scoped::emulator
