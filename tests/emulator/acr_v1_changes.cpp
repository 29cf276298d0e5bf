// /acr/v1: the removal of tags and repositories, and the attributes that lock them.
#include "common/json/value.h"
#include "tests/emulator/acr_v1.h"
#include "tests/emulator/locks.h"
#include "tests/emulator/login.h"

#include <array>

namespace scoped::emulator {
namespace {

void forget(Turn& turn, const std::string& key) {
  turn.site.model.drop_attributes(key);
  turn.changed = true;
}

// What the logs are told of a removal.
void tell(Turn& turn, const char* operation, std::string tag) {
  Event event;
  event.table = Event::Table::repository;
  event.operation = operation;
  event.identity = turn.principal;
  event.repository = turn.captures[0];
  event.tag = std::move(tag);
  turn.event = std::move(event);
}

Outcome<Answer> delete_tag(Turn& turn) {
  return with_repository(turn, "delete", [](Turn& t, const Images& images, const auto&) -> Outcome<Answer> {
    tell(t, "Untag", t.captures[1]);
    TRY(check_lock(t, &Attributes::can_delete, t.captures[0], t.captures[1]));
    const auto removed = images.remove_tag(t.captures[0], t.captures[1]);
    if (!removed && removed.error().code() == ErrorCode::not_found)
      return refuse(404, "TAG_UNKNOWN", "the specified tag does not exist");
    if (!removed) return refuse(500, "UNKNOWN", removed.error().line());
    forget(t, tag_key(t.captures[0], t.captures[1]));
    Answer answer;
    answer.status = 202;
    return answer;
  });
}

Outcome<Answer> delete_repository(Turn& turn) {
  return with_repository(turn, "delete",
                         [](Turn& t, const Images& images, const auto& manifests) -> Outcome<Answer> {
                           tell(t, "Delete", "");
                           json::Array digests;
                           for (const StoredManifest& each : manifests) {
                             TRY(check_lock(t, &Attributes::can_delete, t.captures[0], each.digest));
                             digests.emplace_back(each.digest);
                           }
                           json::Array tags;
                           for (const StoredTag& each : images.tags(t.captures[0]))
                             tags.emplace_back(each.name);
                           if (const auto removed = images.remove_repository(t.captures[0]); !removed)
                             return refuse(500, "UNKNOWN", removed.error().line());
                           forget(t, repository_key(t.captures[0]));
                           json::Object body;
                           body.set("manifestsDeleted", std::move(digests));
                           body.set("tagsDeleted", std::move(tags));
                           Answer answer;
                           answer.status = 202;
                           answer.body = json::dump(std::move(body));
                           return answer;
                         });
}

// Changes what is there, and shows it as it is then.
Outcome<> change(Turn& turn, const std::string& key, const Outcome<Answer>& shown) {
  if (!shown) return fail(shown.error());
  turn.site.model.set_attributes(key,
                                 TRY(read_attributes(turn.request.body, turn.site.model.attributes(key))));
  turn.changed = true;
  return {};
}

Outcome<Answer> patch_repository(Turn& turn) {
  return with_repository(
      turn, "metadata_write", [](Turn& t, const Images& images, const auto& manifests) -> Outcome<Answer> {
        TRY(change(t, repository_key(t.captures[0]), show_repository(t, images, manifests)));
        return show_repository(t, images, manifests);
      });
}

Outcome<Answer> patch_tag(Turn& turn) {
  return with_repository(
      turn, "metadata_write", [](Turn& t, const Images& images, const auto& manifests) -> Outcome<Answer> {
        TRY(change(t, tag_key(t.captures[0], t.captures[1]), show_tag(t, images, manifests)));
        return show_tag(t, images, manifests);
      });
}

Outcome<Answer> patch_manifest(Turn& turn) {
  return with_repository(
      turn, "metadata_write", [](Turn& t, const Images& images, const auto& manifests) -> Outcome<Answer> {
        TRY(change(t, manifest_key(t.captures[0], t.captures[1]), show_manifest(t, images, manifests)));
        return show_manifest(t, images, manifests);
      });
}

constexpr std::array<Route, 5> kRoutes = {Route{"DELETE", "/acr/v1/{...}/_tags/{}", delete_tag},
                                          {"DELETE", "/acr/v1/{...}", delete_repository},
                                          {"PATCH", "/acr/v1/{...}/_tags/{}", patch_tag},
                                          {"PATCH", "/acr/v1/{...}/_manifests/{}", patch_manifest},
                                          {"PATCH", "/acr/v1/{...}", patch_repository}};

}  // namespace

const RouteTable kAcrV1Changes = {&kLogin, kRoutes};

}  // namespace scoped::emulator
