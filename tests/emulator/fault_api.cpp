#include "tests/emulator/fault_api.h"

#include <array>

namespace scoped::emulator {
namespace {

Outcome<> admit(Turn&) { return {}; }

Answer fault_refusal(const Refusal& refusal, const Turn&) {
  json::Object body;
  body.set("error", refusal.message);
  Answer answer;
  answer.status = refusal.status;
  answer.body = json::dump(std::move(body));
  return answer;
}

Answer listed(const Turn& turn, int status) {
  Answer answer;
  answer.status = status;
  answer.body = json::dump(fault_list_json(turn.site.faults));
  return answer;
}

Outcome<Answer> list(Turn& turn) { return listed(turn, 200); }

Outcome<Answer> arm(Turn& turn) {
  const auto armed = [&]() -> Result<> {
    TRY(turn.site.faults.arm(TRY(json::parse(turn.request.body))));
    return {};
  }();
  if (!armed) return refuse(400, "invalid_input", armed.error().line());
  return listed(turn, 201);
}

Outcome<Answer> clear(Turn& turn) {
  turn.site.faults.clear();
  return listed(turn, 200);
}

constexpr std::array<Route, 3> kRoutes = {
    Route{"GET", "/faults", list}, {"POST", "/faults", arm}, {"DELETE", "/faults", clear}};

}  // namespace

const Family kFaultApi = {"faults", "", Case::exact, admit, fault_refusal};
const RouteTable kFaults = {&kFaultApi, kRoutes};

}  // namespace scoped::emulator
