#include "agent/ctl/promises.h"

#include "agent/ctl/status_table.h"
#include "agent/ctl/times.h"

namespace scoped::ctl {
namespace {

using rotate::Asked;

std::string old_password_dies(const SlotLine& current, const config::Rotation& rotation,
                              const config::Copies& copies) {
  return "the password in " + current.slot +
         " dies as soon as the next one is handed out: a client that holds it is refused until it asks again "
         "(agents ask the store every " +
         format_duration(copies.revalidate_agent) + ", sealed copies every " +
         format_duration(copies.revalidate_sealed) +
         "; where the store does not answer, a copy is handed out for " + format_duration(rotation.offline) +
         ")";
}

std::string other_slot_dies(const SlotLine& slot, Instant now) {
  if (slot.role == "previous" && slot.free_at)
    return "the password in " + slot.slot + ", which clients may use until " +
           with_relative(slot.free_at, now) + ", dies first";
  if (slot.role == "previous") return "the password in " + slot.slot + ", which clients may use, dies first";
  return "the password in " + slot.slot + ", which somebody else made, dies first";
}

bool is_in_use(const SlotLine& slot, Instant now) {
  return slot.role == "unexplained" || (slot.role == "previous" && (!slot.free_at || *slot.free_at > now));
}

void add_emergency(std::vector<std::string>& lines, const std::vector<SlotLine>& slots,
                   const config::Rotation& rotation, Instant now) {
  for (const SlotLine& slot : slots)
    if (is_in_use(slot, now)) lines.push_back(other_slot_dies(slot, now));
  if (rotation.settle > config::Milliseconds(0))
    lines.push_back("the new password is not left to settle (" + format_duration(rotation.settle) +
                    "): a replica of the registry that has not heard of it may refuse it");
}

}  // namespace

std::vector<std::string> broken_promises(Asked asked, const json::Value& token,
                                         const config::Rotation& rotation, const config::Copies& copies,
                                         Instant now) {
  std::vector<std::string> lines;
  const std::vector<SlotLine> slots = slots_in(token);
  if (asked == Asked::leaked) add_emergency(lines, slots, rotation, now);
  bool has_current = false;
  for (const SlotLine& slot : slots) {
    if (slot.role != "current") continue;
    has_current = true;
    if (asked == Asked::leaked || asked == Asked::retire_now)
      lines.push_back(old_password_dies(slot, rotation, copies));
  }
  if (asked != Asked::repair || has_current) return lines;
  for (const SlotLine& slot : slots)
    if (slot.role == "unexplained")
      lines.push_back("if every recorded password is refused, the password in " + slot.slot +
                      ", which somebody else made, may die");
  return lines;
}

std::string disable_line(const std::string& host, const std::string& token) {
  return "to stop it meanwhile, disable the token, and every pull with it: az acr token update --registry " +
         host.substr(0, host.find('.')) + " --name " + token + " --status disabled";
}

}  // namespace scoped::ctl
