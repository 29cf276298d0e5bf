// The registry resource itself.
#include "tests/emulator/arm.h"

#include <array>

namespace scoped::emulator {
namespace {

Outcome<Answer> get_registry(Turn& turn) {
  return json_answer(200, show_registry(turn.site.model, turn.site.parts.addresses.login_server));
}

constexpr std::array<Route, 1> kRoutes = {Route{"GET", "", get_registry}};

}  // namespace

const RouteTable kArmRegistry = {&kArm, kRoutes};

}  // namespace scoped::emulator
