// Publishing in this process: the parts of the configuration, one round after the other. Blocks.
#pragma once

#include "agent/ctl/run.h"
#include "agent/loop/publish_round.h"

namespace scoped::ctl {

// A round of one publisher of the configuration. The error: it or its store cannot be made.
Result<loop::PublishRound> publish_round_here(const Run& run, const config::Typed& settings);

// Each that is for this token; what did not go well is a line on standard error, with how to try again.
void publish_here(const Run& run, const record::RecordName& name);

}  // namespace scoped::ctl
