#include "agent/metrics/exposition.h"

#include <array>
#include <initializer_list>
#include <utility>

namespace scoped::metrics {
namespace {

using rotate::SlotStatus;
using rotate::TokenStatus;
using Label = std::pair<std::string_view, std::string_view>;

void add_escaped(std::string_view value, std::string& to) {
  for (const char each : value) {
    if (each == '\n') {
      to += "\\n";
      continue;
    }
    if (each == '"' || each == '\\') to += '\\';
    to += each;
  }
}

void add_labels(std::initializer_list<Label> labels, std::string& to) {
  for (const auto& [name, value] : labels) {
    to += to.back() == '{' ? "" : ",";
    to.append(name) += "=\"";
    add_escaped(value, to);
    to += '"';
  }
}

void add_sample(const Family& family, const TokenStatus& status, std::initializer_list<Label> more,
                const std::string& value, std::string& to) {
  to.append(family.name) += '{';
  add_labels({{"registry", status.name.registry}, {"token", status.name.token}}, to);
  add_labels(more, to);
  to.append("} ").append(value) += '\n';
}

// Milliseconds are enough, and all digits of a time in them fit into a double.
std::string in_seconds(Instant at) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(at.time_since_epoch()).count();
  std::string text = std::to_string(milliseconds);
  if (text.size() < 4) return "0";
  text.insert(text.size() - 3, ".");
  return text;
}

void ready(const Family& self, const TokenStatus& status, std::string& to) {
  add_sample(self, status, {}, status.ready ? "1" : "0", to);
}
void lost(const Family& self, const TokenStatus& status, std::string& to) {
  add_sample(self, status, {}, status.lost ? "1" : "0", to);
}
void problem(const Family& self, const TokenStatus& status, std::string& to) {
  add_sample(self, status, {}, status.problem.empty() ? "0" : "1", to);
}
void generation(const Family& self, const TokenStatus& status, std::string& to) {
  add_sample(self, status, {}, std::to_string(status.generation), to);
}
void rotations(const Family& self, const TokenStatus& status, std::string& to) {
  add_sample(self, status, {}, std::to_string(status.rotations), to);
}
void due(const Family& self, const TokenStatus& status, std::string& to) {
  if (status.due_at) add_sample(self, status, {}, in_seconds(*status.due_at), to);
}
void next_step(const Family& self, const TokenStatus& status, std::string& to) {
  add_sample(self, status, {{"step", status.step}, {"reason", status.reason}}, "1", to);
}
void created(const Family& self, const TokenStatus& status, std::string& to) {
  for (const SlotStatus& slot : status.slots)
    if (slot.created_at)
      add_sample(self, status, {{"slot", slot.slot}, {"role", slot.role}}, in_seconds(*slot.created_at), to);
}
void expires(const Family& self, const TokenStatus& status, std::string& to) {
  for (const SlotStatus& slot : status.slots)
    if (slot.expires_at)
      add_sample(self, status, {{"slot", slot.slot}, {"role", slot.role}}, in_seconds(*slot.expires_at), to);
}
void never_expires(const Family& self, const TokenStatus& status, std::string& to) {
  for (const SlotStatus& slot : status.slots)
    if (slot.created_at)
      add_sample(self, status, {{"slot", slot.slot}, {"role", slot.role}}, slot.expires_at ? "0" : "1", to);
}

constexpr std::array kFamilies = {
    Family{"scoped_token_ready", "gauge", "Clients can be given a password of this token.", ready},
    Family{"scoped_token_lost", "gauge", "The registry no longer has the password that clients are given.",
           lost},
    Family{"scoped_token_problem", "gauge", "A person should look: 'scopedctl status' says why.", problem},
    Family{"scoped_token_generation", "gauge", "Which password it is, counted from the first.", generation},
    Family{"scoped_token_rotations_total", "counter", "Passwords promoted by this process.", rotations},
    Family{"scoped_token_due_timestamp_seconds", "gauge", "When its next rotation begins.", due},
    Family{"scoped_token_next_step", "gauge", "1; the labels say what is done next and why.", next_step},
    Family{"scoped_password_created_timestamp_seconds", "gauge", "When the registry made it.", created},
    Family{"scoped_password_expires_timestamp_seconds", "gauge", "When the registry lets it lapse.", expires},
    Family{"scoped_password_never_expires", "gauge", "The password has no expiry.", never_expires},
};

void add_alone(std::string_view name, std::string_view help, const std::string& sample, std::string& to) {
  to.append("# HELP ").append(name).append(" ").append(help).append("\n# TYPE ").append(name);
  to.append(" gauge\n").append(name).append(sample) += '\n';
}

}  // namespace

std::string agent_metrics(const AgentFacts& facts) {
  std::string text;
  std::string build = "{";
  add_labels({{"version", facts.version}}, build);
  add_alone("scoped_build_info", "1; the label says which version runs.", build + "} 1", text);
  add_alone("scoped_agent_started_timestamp_seconds", "When this process began.",
            " " + in_seconds(facts.started_at), text);
  add_alone("scoped_tokens", "Tokens that are watched.", " " + std::to_string(facts.tokens), text);
  add_alone("scoped_repairs_stopped", "Too many tokens have lost their password at once.",
            facts.repairs_stopped ? " 1" : " 0", text);
  return text;
}

std::span<const Family> token_families() { return kFamilies; }

void add_head(const Family& family, std::string& to) {
  to.append("# HELP ").append(family.name).append(" ").append(family.help).append("\n# TYPE ");
  to.append(family.name).append(" ").append(family.type) += '\n';
}

}  // namespace scoped::metrics
