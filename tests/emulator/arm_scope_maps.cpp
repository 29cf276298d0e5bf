// .../scopeMaps. The real service answers a PUT with 200 even when it creates.
#include "tests/emulator/arm.h"

#include <fmt/format.h>

#include <array>

namespace scoped::emulator {
namespace {

Outcome<Answer> shown(const Turn& turn, const ScopeMap& map) {
  return json_answer(200, show(turn.site.model, map));
}

Outcome<Answer> list(Turn& turn) {
  return list_answer(turn, turn.site.model.contents().scope_maps, TRY(page_request(turn)));
}

Outcome<Answer> get(Turn& turn) {
  const ScopeMap* map = turn.site.model.scope_map(name_of(turn));
  if (map == nullptr)
    return refuse(404, "ResourceNotFound", fmt::format("The resource {} could not be found.", name_of(turn)));
  return shown(turn, *map);
}

Outcome<Answer> put(Turn& turn) {
  const auto body = TRY(read_scope_map_body(turn.request.body));
  const auto put = TRY(turn.site.model.put_scope_map(name_of(turn), body, moment_of(turn)));
  turn.changed = true;
  return status_answer(turn, TRY(shown(turn, *put.object)),
                       turn.site.model.child_id("scopeMaps", put.object->name), "Creating", "");
}

Outcome<Answer> patch(Turn& turn) {
  const auto body = TRY(read_scope_map_body(turn.request.body));
  const ScopeMap* map = TRY(turn.site.model.patch_scope_map(name_of(turn), body, moment_of(turn)));
  turn.changed = true;
  return status_answer(turn, TRY(shown(turn, *map)), turn.site.model.child_id("scopeMaps", map->name),
                       "Updating", "");
}

Outcome<Answer> remove(Turn& turn) {
  turn.changed = TRY(turn.site.model.delete_scope_map(name_of(turn)));
  Answer answer;
  answer.status = turn.changed ? 200 : 204;
  return turn.changed ? result_answer(turn, std::move(answer)) : answer;
}

constexpr std::array<Route, 5> kRoutes = {Route{"GET", "/scopeMaps", list},
                                          {"GET", "/scopeMaps/{}", get},
                                          {"PUT", "/scopeMaps/{}", put},
                                          {"PATCH", "/scopeMaps/{}", patch},
                                          {"DELETE", "/scopeMaps/{}", remove}};

}  // namespace

const RouteTable kArmScopeMaps = {&kArm, kRoutes};

}  // namespace scoped::emulator
