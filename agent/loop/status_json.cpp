#include "agent/loop/status_json.h"

namespace scoped::loop {
namespace {

void put_time(json::Object& object, const char* key, const std::optional<Instant>& at) {
  if (at) object.set(key, format_rfc3339(*at));
}

json::Value slot_json(const rotate::SlotStatus& slot) {
  json::Object object;
  object.set("slot", slot.slot);
  object.set("role", slot.role);
  put_time(object, "created_at", slot.created_at);
  put_time(object, "expires_at", slot.expires_at);
  put_time(object, "free_at", slot.free_at);
  return object;
}

json::Array stages_json(const std::vector<rotate::Stage>& stages) {
  json::Array array;
  for (const rotate::Stage& stage : stages) {
    json::Object object;
    object.set("step", stage.step);
    object.set("slot", stage.slot);
    object.set("reason", stage.reason);
    object.set("milliseconds", static_cast<int64_t>(stage.after.count()));
    array.push_back(std::move(object));
  }
  return array;
}

}  // namespace

json::Value status_json(const rotate::TokenStatus& status) {
  json::Object object;
  object.set("registry", status.name.registry);
  object.set("token", status.name.token);
  object.set("read", status.read);
  object.set("ready", status.ready);
  object.set("generation", status.generation);
  json::Array slots;
  for (const rotate::SlotStatus& slot : status.slots) slots.push_back(slot_json(slot));
  object.set("slots", std::move(slots));
  object.set("step", status.step);
  object.set("reason", status.reason);
  put_time(object, "until", status.until);
  put_time(object, "due_at", status.due_at);
  if (!status.problem.empty()) object.set("problem", status.problem);
  object.set("rotations", status.rotations);
  if (!status.asked.empty()) object.set("asked", status.asked);
  if (!status.stages.empty()) object.set("stages", stages_json(status.stages));
  return object;
}

std::string status_row(const rotate::TokenStatus& status) {
  const std::string text = json::dump(status_json(status));
  return {text.begin(), text.end()};
}

}  // namespace scoped::loop
