#include "common/store/vault_variables.h"

#include "common/base/file.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace scoped::store {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kLongestSeconds = 24 * 3600;

struct Unsupported {
  const char* suffix;
  const char* instead;
};
constexpr std::array kUnsupported = {
    Unsupported{"PROXY_ADDR", "set $https_proxy, or 'address' to the proxy's"},
    Unsupported{"HTTP_PROXY", "set $https_proxy, or 'address' to the proxy's"},
    Unsupported{"CLIENT_CERT_BYTES", "use an identity of type 'vault_cert' with files"},
    Unsupported{"CLIENT_KEY_BYTES", "use an identity of type 'vault_cert' with files"},
    Unsupported{"TLS_SERVER_NAME", "set 'address' to a name that is in the certificate"},
    Unsupported{"RATE_LIMIT", "unset it: one request is sent for a pull"},
    Unsupported{"WRAP_TTL", "unset it: a wrapped answer cannot be read"},
    Unsupported{"MFA", "use an identity that logs in without a second factor"},
    Unsupported{"HEADERS", "unset it, and set 'namespace' where it names one"},
};

tl::unexpected<Error> garbage(const std::string& name, const char* expected) {
  return fail(ErrorCode::configuration, "$" + name + " could not be parsed: " + expected);
}

Result<bool> flag(const Environment& environment, const char* suffix) {
  const VaultVariable found = vault_variable(environment, suffix);
  if (!found) return false;
  constexpr std::array kYes = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array kNo = {"0", "f", "F", "FALSE", "false", "False"};
  if (std::find(kYes.begin(), kYes.end(), found.value) != kYes.end()) return true;
  if (std::find(kNo.begin(), kNo.end(), found.value) != kNo.end()) return false;
  return garbage(found.name, "true or false is expected");
}

Result<> refuse_unsupported(const Environment& environment) {
  for (const Unsupported& each : kUnsupported)
    if (const VaultVariable found = vault_variable(environment, each.suffix))
      return fail(ErrorCode::configuration, "$" + found.name + " is not done here: " + each.instead);
  if (TRY(flag(environment, "SKIP_VERIFY")))
    return fail(
        ErrorCode::configuration,
        "$" + vault_variable(environment, "SKIP_VERIFY").name +
            " is not done here: certificates are always verified; set 'ca_file' to the vault's authority");
  if (TRY(flag(environment, "SRV_LOOKUP")))
    return fail(ErrorCode::configuration, "$" + vault_variable(environment, "SRV_LOOKUP").name +
                                              " is not done here: set 'address' with its port");
  return {};
}

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr size_t kLargestAuthority = 1 << 20;

// A file of this process alone, for a transport that reads files.
Result<> keep_in_memory(std::string_view pem, VaultVariables& into) {
  Fd fd(memfd_create("authorities", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return fail(ErrorCode::unavailable, "no memory is left for the vault's authorities: try again");
  TRY(write_all(fd.get(), pem, "the vault's authorities"));
  fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  into.ca_file = "/proc/self/fd/" + std::to_string(fd.get());
  into.ca_text = std::make_shared<const Fd>(std::move(fd));
  return {};
}

// What in the folder is no certificate is passed over, as what in it may not be read.
Result<std::string> read_folder(const VaultVariable& folder) {
  std::string pem;
  const auto names = list_folder(folder.value);
  if (!names) return fail(Error(names.error()).as(ErrorCode::configuration).within("$" + folder.name));
  for (const std::string& name : *names) {
    const auto text = read_file(folder.value + "/" + name, kLargestAuthority);
    if (text && text->find(kBegin) != std::string::npos) pem += *text + "\n";
  }
  if (pem.empty())
    return fail(ErrorCode::configuration,
                "$" + folder.name + ": folder '" + folder.value + "' holds no certificate in PEM form");
  return pem;
}

Result<> read_authorities(const Environment& environment, VaultVariables& into) {
  into.ca_file = vault_variable(environment, "CACERT").value;
  if (!into.ca_file.empty()) return {};
  if (const VaultVariable bytes = vault_variable(environment, "CACERT_BYTES")) {
    if (bytes.value.find(kBegin) == std::string::npos)
      return garbage(bytes.name, "certificates in PEM form are expected");
    return keep_in_memory(bytes.value, into);
  }
  if (const VaultVariable folder = vault_variable(environment, "CAPATH"))
    return keep_in_memory(TRY(read_folder(folder)), into);
  return {};
}

struct Unit {
  std::string_view name;
  double milliseconds;
};
constexpr std::array kUnits = {Unit{"ms", 1}, Unit{"s", 1'000}, Unit{"m", 60'000}, Unit{"h", 3'600'000}};

// The number at the beginning of `text`, which moves behind it.
std::optional<double> take_number(std::string_view& text) {
  double number = 0;
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  const auto [stop, problem] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (problem != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(stop - text.data()));
  return number;
}

std::optional<double> take_unit(std::string_view& text) {
  const std::string_view name = text.substr(0, std::min(text.find_first_of("0123456789."), text.size()));
  for (const Unit& unit : kUnits)
    if (unit.name == name) {
      text.remove_prefix(name.size());
      return unit.milliseconds;
    }
  return std::nullopt;
}

}  // namespace

VaultVariable vault_variable(const Environment& environment, const std::string& suffix) {
  for (const char* prefix : {"BAO_", "VAULT_"}) {
    const std::string name = prefix + suffix;
    if (environment.is_set(name.c_str())) return {name, environment.get(name.c_str()).value_or("")};
  }
  return {};
}

Result<milliseconds> parse_vault_duration(std::string_view text) {
  const auto bad = [] {
    return fail(ErrorCode::invalid_input, "a number of seconds, or a duration as 1m30s");
  };
  double total = 0;
  const bool is_plain = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (text.empty()) return bad();
  while (!text.empty()) {
    const auto number = take_number(text);
    const auto unit = is_plain ? std::optional(1'000.0) : take_unit(text);
    if (!number || !unit) return bad();
    total += *number * *unit;
    if (total > 1'000.0 * kLongestSeconds) return bad();
  }
  return milliseconds(static_cast<int64_t>(total));
}

Result<VaultVariables> read_vault_variables(const Environment& environment) {
  TRY(refuse_unsupported(environment));
  VaultVariables variables;
  variables.address = vault_variable(environment, "AGENT_ADDR");
  if (!variables.address) variables.address = vault_variable(environment, "ADDR");
  variables.space = vault_variable(environment, "NAMESPACE");
  TRY(read_authorities(environment, variables));
  variables.redirects = !TRY(flag(environment, "DISABLE_REDIRECTS"));
  if (const VaultVariable timeout = vault_variable(environment, "CLIENT_TIMEOUT")) {
    const auto parsed = parse_vault_duration(timeout.value);
    if (!parsed) return garbage(timeout.name, "a number of seconds or a duration as 1m30s is expected");
    if (parsed->count() > 0) variables.timeout = *parsed;  // 0: without a limit of its own
  }
  if (const VaultVariable retries = vault_variable(environment, "MAX_RETRIES")) {
    int number = 0;
    const char* end = retries.value.data() + retries.value.size();
    const auto [stop, problem] = std::from_chars(retries.value.data(), end, number);
    if (problem != std::errc() || stop != end || number < 0 || number > 100)
      return garbage(retries.name, "a number from 0 to 100 is expected");
    variables.retries = number;
  }
  const bool has_certificate = static_cast<bool>(vault_variable(environment, "CLIENT_CERT"));
  if (has_certificate != static_cast<bool>(vault_variable(environment, "CLIENT_KEY")))
    return fail(ErrorCode::configuration,
                "$BAO_CLIENT_CERT and $BAO_CLIENT_KEY belong together: set both or none");
  return variables;
}

}  // namespace scoped::store
