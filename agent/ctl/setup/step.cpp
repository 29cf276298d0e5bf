#include "agent/ctl/setup/step.h"

#include <array>

namespace scoped::ctl {
namespace {

// What a command answers within another one is no answer of the other one.
class Aside final : public Console {
 public:
  explicit Aside(Console& inner) : inner_(inner) {}
  void print(std::string_view text) override {
    while (text.ends_with('\n')) text.remove_suffix(1);
    inner_.line(text);
  }
  void line(std::string_view text) override { inner_.line(text); }
  void progress(std::string_view text, bool is_mark) override { inner_.progress(text, is_mark); }
  bool is_terminal() const override { return false; }
  size_t width() const override { return 0; }
  bool can_ask() const override { return inner_.can_ask(); }
  Result<std::string> ask(std::string_view question) override { return inner_.ask(question); }
  Result<Secret> ask_secret(std::string_view question) override { return inner_.ask_secret(question); }
  Result<Secret> read_secret() override { return inner_.read_secret(); }

 private:
  Console& inner_;
};

}  // namespace

const config::Registry* Situation::registry() const {
  const auto found = run.config.registries.find(name.registry);
  return found == run.config.registries.end() ? nullptr : &found->second;
}

Result<> Situation::command(std::vector<std::string> arguments) const {
  const std::string first = arguments.front();
  if (const auto file = run.options.optional("config")) {
    arguments.push_back("--config");
    arguments.push_back(*file);
  }
  Aside console(run.around.console);
  const int code = run_program(
      arguments, {run.around.environment, run.around.clock, run.around.random, console, run.around.stop});
  if (code == 0) return {};
  return fail(ErrorCode::unavailable, "'scopedctl " + first + "' ended with " + std::to_string(code) +
                                          ": put that right and run this again, it goes on where it was");
}

std::span<const Step> steps() {
  static const std::array all = {rows::configuration_step, rows::store_step, rows::service_step,
                                 rows::token_step, rows::client_step};
  return all;
}

}  // namespace scoped::ctl
