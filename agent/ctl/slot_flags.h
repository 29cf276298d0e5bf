// The flags that name a slot, as az has them, and whether a slot may be given up. Pure.
#pragma once

#include "agent/ctl/command.h"
#include "agent/ctl/options.h"
#include "agent/ctl/slots.h"

#include <string>
#include <vector>

namespace scoped::ctl {

inline constexpr Flag kPassword1Flag = {.name = "password1", .help = "The first of the token's two slots."};
inline constexpr Flag kPassword2Flag = {.name = "password2", .help = "The second."};
inline constexpr Flag kForceFlag = {
    .name = "force", .help = "Also a slot that clients use, or that was handed to an outsider."};

std::vector<std::string> slots_asked(const Options& options);

// Why the password in this slot is not to be destroyed, by the record; nothing: nobody is known to need it.
std::optional<std::string> use_of_slot(const record::Record& record, const std::string& slot, Instant now);

}  // namespace scoped::ctl
