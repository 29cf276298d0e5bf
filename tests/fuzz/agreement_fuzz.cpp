// links: fetch answer store broker protocol config record crypto base
// What front, agent and scoped-fetch make of the same bytes. An agent's not-mine, which the front prints as
// not-found, is what scoped-fetch says; what an agent answers at once, scoped-fetch answers too; and where
// the agent would load a record, scoped-fetch gives that one. No login is saved for a registry that get
// knows.
#include "common/answer/engine.h"
#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/broker/frame.h"
#include "common/protocol/docker.h"
#include "common/protocol/texts.h"
#include "common/store/sealed_file.h"
#include "helper/fetch/fetch.h"
#include "tests/support/temporary_folder.h"
#include "tests/unit/answer/world.h"

#include <algorithm>

using namespace scoped;

namespace {

constexpr std::string_view kConfiguration =
    R"({"registries":{"reg.azurecr.io":{"default_token":"puller","tokens":{
  "puller":{},"builder":{"repositories":["team/*"]}}}},"profiles":{"ci":{"reg.azurecr.io":"builder"}}})";

// The same configuration twice: as a file for scoped-fetch and as the value that an agent has.
class World {
 public:
  World() {
    test::spill(folder_ / "config.json", std::string(kConfiguration));
    configuration_ = test::make_config({"puller", "builder"});
    test::registry_of(configuration_).tokens.at("builder").repositories = {"team/*"};
    configuration_.profiles["ci"][test::kHost] = "builder";
    const store::SealedFileOptions options{folder_ / "state/scoped/records",
                                           folder_ / "state/scoped/records.key"};
    CHECK_INVARIANT(store::init_sealed_file(options, random_).has_value());
    const auto store = store::open_sealed_file(options, random_);
    CHECK_INVARIANT(store.has_value());
    for (const char* token : {"puller", "builder"}) {
      record::Record record = test::make_record(token);
      record.current->created_at = clock_.now();
      record.current->expires_at = clock_.now() + std::chrono::hours(24);
      CHECK_INVARIANT((*store)->save(record.name(), record, "").has_value());
    }
  }

  // As the agent hears it: through a frame.
  std::variant<answer::Answer, answer::Load> agent(const std::string& profile, std::string_view input) {
    broker::Request sent{.verb = "get", .profile = profile, .input = Secret(input)};
    const Secret frame = broker::encode(sent);
    const auto heard = broker::parse_request(frame.reveal().substr(broker::kHeader));
    CHECK_INVARIANT(heard && heard->verb == sent.verb && heard->profile == profile &&
                    heard->input.equals(sent.input));
    return engine_.begin({heard->verb, heard->profile, heard->input.reveal(), test::trusted_caller()},
                         {clock_.now(), clock_.boot_now()});
  }
  answer::Answer fetch(const std::string& verb, const std::string& profile, std::string_view input) {
    broker::Handover handover;
    handover.verb = verb;
    handover.profile = profile;
    return fetch::fetch(handover, Secret(input), {environment_, clock_, random_});
  }

 private:
  test::TemporaryFolder folder_;
  // Without HOME there are no saved logins.
  const FixedEnvironment environment_{
      {{"SCOPED_CONFIG", folder_ / "config.json"}, {"XDG_STATE_HOME", folder_ / "state"}}};
  config::Config configuration_;
  const answer::Permissions permissions_;
  answer::Copies copies_{std::chrono::minutes(1)};
  answer::Engine engine_{configuration_, permissions_, copies_};
  RealClock clock_;
  SystemRandom random_;
};

void check_get(World& world, const std::string& profile, std::string_view input) {
  const auto begun = world.agent(profile, input);
  const answer::Answer fetched = world.fetch("get", profile, input);
  if (const auto* load = std::get_if<answer::Load>(&begun)) {
    const auto given = protocol::parse_store(fetched.text);
    CHECK_INVARIANT(fetched.exit_code == 0 && given && given->username == load->name.token &&
                    given->server_url == *protocol::parse_key(input));
    return;
  }
  const auto& answer = std::get<answer::Answer>(begun);
  const std::string miss = std::string(protocol::kNotFound) + "\n";
  const std::string_view expected = answer.not_mine ? std::string_view(miss) : answer.text.reveal();
  CHECK_INVARIANT(fetched.text.reveal() == expected && fetched.also_stderr == answer.also_stderr);
  CHECK_INVARIANT(fetched.exit_code == 1 && std::count(expected.begin(), expected.end(), '\n') == 1);
}

void check_store(World& world, const std::string& profile, std::string_view input) {
  const auto request = protocol::parse_store(Secret(input));
  const answer::Answer stored = world.fetch("store", profile, input);
  if (!request) {
    CHECK_INVARIANT(stored.exit_code == 1 && stored.text.reveal() == request.error().line() + "\n");
    return;
  }
  const auto known = world.agent(profile, request->server_url);
  const auto* answer = std::get_if<answer::Answer>(&known);
  const bool managed = answer == nullptr || !answer->not_mine;
  const std::string_view said = stored.text.reveal();
  if (!managed) {
    CHECK_INVARIANT(stored.exit_code == 1 && said.starts_with("save the login of '"));
  } else if (stored.exit_code == 0) {
    CHECK_INVARIANT(said.empty() && answer == nullptr &&
                    request->username == std::get<answer::Load>(known).name.token);
  } else {
    CHECK_INVARIANT(said.find("is managed by scoped tokens") != std::string_view::npos);
  }
  CHECK_INVARIANT(std::count(said.begin(), said.end(), '\n') == stored.exit_code);
}

}  // namespace

// The input's first byte says which profile: none, a known one, an unknown one, or the first line.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  if (input.empty() || input.size() > protocol::kLongestInput) return 0;
  std::string profile;
  switch (input.front()) {
    case 'c':
      profile = "ci";
      break;
    case 'u':
      profile = "unknown";
      break;
    case 'p': {
      const size_t end = std::min(input.find('\n'), input.size());
      profile = input.substr(1, std::min(end - 1, broker::kLongestName));
      input.remove_prefix(end > 1 ? end - 1 : 0);
      break;
    }
    default:
      break;
  }
  input.remove_prefix(1);
  check_get(world, profile, input);
  check_store(world, profile, input);
  return 0;
}
