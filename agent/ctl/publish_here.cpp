#include "agent/ctl/publish_here.h"

namespace scoped::ctl {

Result<loop::PublishRound> publish_round_here(const Run& run, const config::Typed& settings) {
  const auto publisher = TRY(run.parts.publisher_of(settings));
  store::RecordStore* store = TRY(run.parts.store_of(publish::token_of(settings).registry));
  return loop::publish_round({settings, *publisher, *store});
}

void publish_here(const Run& run, const record::RecordName& name) {
  for (const auto& [id, settings] : run.config.publishers) {
    if (publish::token_of(settings) != name) continue;
    run.console().progress("telling publisher '" + id + "'", true);
    const auto round = publish_round_here(run, settings);
    const Error* problem = round ? round->problem() : &round.error();
    if (problem != nullptr)
      run.console().line("scopedctl: publisher '" + id + "': " + problem->line() +
                         ": then run 'scopedctl publish --once " + id + "'");
  }
}

}  // namespace scoped::ctl
