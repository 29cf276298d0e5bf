#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

constexpr std::chrono::seconds kMost{30};

Finding look(const Patient& patient) {
  if (!patient.resolve()) return unknown("the registry's time is not known");
  const auto reached = patient.reach();
  if (!reached || !*reached) return unknown("the registry's time is not known");
  const auto ahead = std::chrono::duration_cast<std::chrono::seconds>(patient.now() - **reached);
  if (std::chrono::abs(ahead) <= kMost) return fine("the clock agrees with the registry's");
  return wrong("the clock is " + std::to_string(std::chrono::abs(ahead).count()) + " s " +
                   (ahead.count() > 0 ? "ahead of" : "behind") + " the registry's",
               "sudo timedatectl set-ntp true");
}

}  // namespace

const Check rows::clock_check = {"clock", "The clock agrees with the registry's.", &look};

}  // namespace scoped::ctl
