#include "agent/ctl/doctor/check.h"

namespace scoped::ctl {
namespace {

Finding look(const Patient& patient) {
  if (!patient.uses_keyring()) return fine("no keyring is used");
  const store::LoadResult loaded = patient.load();
  if (loaded.state == store::LoadState::locked)
    return wrong(loaded.why->line(), "log in at the desktop, or gnome-keyring-daemon --unlock");
  if (loaded.state == store::LoadState::unavailable)
    return wrong(loaded.why->line(), "sudo apt install gnome-keyring, or use a store of type sealed_file");
  return fine("the keyring answers");
}

}  // namespace

const Check rows::keyring_check = {"keyring", "The keyring, where it is the store, is there and unlocked.",
                                   &look};

}  // namespace scoped::ctl
