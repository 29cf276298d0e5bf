#include "common/store/vault_variables.h"

#include "common/base/file.h"
#include "common/crypto/client_certificate.h"
#include "common/json/value.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace scoped::store {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kLongestSeconds = 24 * 3600;
constexpr int kFastest = 1'000'000;

struct Pair {
  VaultVariable certificate;
  VaultVariable key;
  bool has_any() const { return certificate || key; }
  bool has_both() const { return certificate && key; }
};

// What is read on the way.
struct Reading : VaultVariables {
  Pair files;  // that hold the two
  Pair texts;
};

tl::unexpected<Error> garbage(const std::string& name, const char* expected) {
  return fail(ErrorCode::configuration, "$" + name + " could not be parsed: " + expected);
}

Result<bool> flag(const VaultVariable& found) {
  constexpr std::array kYes = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array kNo = {"0", "f", "F", "FALSE", "false", "False"};
  if (std::find(kYes.begin(), kYes.end(), found.value) != kYes.end()) return true;
  if (std::find(kNo.begin(), kNo.end(), found.value) != kNo.end()) return false;
  return garbage(found.name, "true or false is expected");
}

tl::unexpected<Error> not_done(const VaultVariable& found, const char* instead) {
  return fail(ErrorCode::configuration, "$" + found.name + " is not done here: " + instead);
}

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr size_t kLargestPem = 1 << 20;

// A file of this process alone, for a transport that reads files.
Result<> keep_in_memory(std::string_view pem, Reading& into) {
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
    const auto text = read_file(folder.value + "/" + name, kLargestPem);
    if (text && text->find(kBegin) != std::string::npos) pem += *text + "\n";
  }
  if (pem.empty())
    return fail(ErrorCode::configuration,
                "$" + folder.name + ": folder '" + folder.value + "' holds no certificate in PEM form");
  return pem;
}

Result<> take_ca_file(const VaultVariable& found, Reading& into) {
  into.ca_file = found.value;
  return {};
}

Result<> take_ca_text(const VaultVariable& found, Reading& into) {
  if (!into.ca_file.empty()) return {};
  if (found.value.find(kBegin) == std::string::npos)
    return garbage(found.name, "certificates in PEM form are expected");
  return keep_in_memory(found.value, into);
}

Result<> take_ca_folder(const VaultVariable& found, Reading& into) {
  if (!into.ca_file.empty()) return {};
  return keep_in_memory(TRY(read_folder(found)), into);
}

template <Pair Reading::*pair, VaultVariable Pair::*half>
Result<> take_half(const VaultVariable& found, Reading& into) {
  into.*pair.*half = found;
  return {};
}

// The files where both are named, else the texts where both are given.
Result<> settle_certificate(Reading& reading) {
  const bool are_files = reading.files.has_both(), are_texts = reading.texts.has_both();
  const bool is_half = !are_files && !are_texts && (reading.files.has_any() || reading.texts.has_any());
  Secret text = Secret::take(std::move(reading.texts.key.value));
  if (is_half)
    return fail(ErrorCode::configuration,
                "$BAO_CLIENT_CERT and $BAO_CLIENT_KEY belong together: set both or none, and so with _BYTES");
  if (!are_files && !are_texts) return {};
  const Pair& used = are_files ? reading.files : reading.texts;
  net::ClientCertificate shown;
  if (are_files) {
    shown.certificate = TRY_WITH(read_file(used.certificate.value, kLargestPem), "$" + used.certificate.name);
    shown.key = TRY_WITH(read_secret_file(used.key.value, kLargestPem), "$" + used.key.name);
  } else {
    shown = {used.certificate.value, std::move(text)};
  }
  if (const auto pair = crypto::check_pair(shown.certificate, shown.key); !pair)
    return fail(Error(pair.error())
                    .as(ErrorCode::configuration)
                    .within("$" + used.certificate.name + " and $" + used.key.name));
  reading.certificate = std::make_shared<const net::ClientCertificate>(std::move(shown));
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

// The other clients have a proxy look up names also where "socks5" is written.
struct ProxyScheme {
  std::string_view written;
  const char* meant;
  int port;
};
constexpr std::array kProxySchemes = {
    ProxyScheme{"http", "http", 80},
    ProxyScheme{"https", "https", 443},
    ProxyScheme{"socks5", "socks5h", 1080},
    ProxyScheme{"socks5h", "socks5h", 1080},
};

// "USER:PASSWORD", percent-encoded.
bool is_login(std::string_view text) {
  auto decoded = net::percent_decode(text);
  if (!decoded) return false;
  const bool is_plain = !text.empty() && std::none_of(decoded->begin(), decoded->end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  wipe(*decoded);
  return is_plain;
}

Result<> take_address(const VaultVariable& found, Reading& into) {
  if (!into.address) into.address = found;
  return {};
}

Result<> take_namespace(const VaultVariable& found, Reading& into) {
  into.space = found;
  return {};
}

Result<> take_timeout(const VaultVariable& found, Reading& into) {
  const auto parsed = parse_vault_duration(found.value);
  if (!parsed) return garbage(found.name, "a number of seconds or a duration as 1m30s is expected");
  if (parsed->count() > 0) into.timeout = *parsed;  // 0: without a limit of its own
  return {};
}

Result<> take_retries(const VaultVariable& found, Reading& into) {
  int number = 0;
  const char* end = found.value.data() + found.value.size();
  const auto [stop, problem] = std::from_chars(found.value.data(), end, number);
  if (problem != std::errc() || stop != end || number < 0 || number > 100)
    return garbage(found.name, "a number from 0 to 100 is expected");
  into.retries = number;
  return {};
}

Result<> take_no_redirects(const VaultVariable& found, Reading& into) {
  into.redirects = !TRY(flag(found));
  return {};
}

Result<> take_proxy(const VaultVariable& found, Reading& into) {
  if (!into.proxy.empty()) return {};
  auto route = parse_vault_proxy(found.value);
  if (!route) return garbage(found.name, route.error().line().c_str());
  into.proxy = found.name;
  into.route.proxy = std::move(route->proxy);
  into.route.proxy_login = std::move(route->proxy_login);
  return {};
}

Result<> take_server_name(const VaultVariable& found, Reading& into) {
  const auto url = net::parse_url("https://" + found.value);
  if (!url || found.value.find_first_of(":/?") != std::string::npos)
    return garbage(found.name, "the name in the vault's certificate is expected");
  into.route.server_name = url->host;
  return {};
}

// Headers that the client makes by itself: a second one would change what the vault understands.
bool is_own_header(std::string_view name) {
  std::string lower(name);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  constexpr std::array<std::string_view, 7> kOwn = {
      "host", "content-length", "content-type", "transfer-encoding", "trailer", "connection", "expect"};
  return lower.starts_with("x-vault-") || std::find(kOwn.begin(), kOwn.end(), lower) != kOwn.end();
}

// Of Vault alone: OpenBao's client does not know it.
Result<> take_headers(const VaultVariable& found, Reading& into) {
  if (found.name.starts_with("BAO_"))
    return fail(ErrorCode::configuration,
                "$" + found.name + " is no variable of OpenBao's client: set $VAULT_HEADERS");
  constexpr json::Limits kLimits{.bytes = 64 << 10, .depth = 2, .values = 200, .comments = false};
  auto document = json::parse(found.value, kLimits);
  json::Object* headers = document ? document->object() : nullptr;
  if (headers == nullptr) return garbage(found.name, "a JSON object of names and texts is expected");
  for (json::Member& each : headers->members()) {
    std::string* text = each.value.text();
    if (text == nullptr || !net::is_header_name(each.key) || !net::is_header_value(*text))
      return garbage(found.name, "a JSON object of names and texts is expected");
    if (is_own_header(each.key))
      return fail(ErrorCode::configuration, "$" + found.name + " holds '" + each.key +
                                                "', which the client sets by itself: take it out");
    into.headers.emplace_back(each.key, Secret::take(std::move(*text)));
  }
  return {};
}

// "METHOD[:CODE],...", a header each; parts without blanks at their ends.
Result<> take_second_factors(const VaultVariable& found, Reading& into) {
  if (!net::is_header_value(found.value))
    return garbage(found.name, "METHOD[:CODE], separated by ',', is expected");
  std::string_view rest = found.value;
  while (!rest.empty()) {
    std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    part.remove_prefix(std::min(part.find_first_not_of(" \t"), part.size()));
    part = part.substr(0, part.find_last_not_of(" \t") + 1);
    if (!part.empty()) into.headers.emplace_back("X-Vault-MFA", Secret(part));
  }
  return {};
}

Result<> take_rate(const VaultVariable& found, Reading& into) {
  auto pace = parse_vault_rate(found.value);
  if (!pace) return garbage(found.name, pace.error().line().c_str());
  into.pace = std::move(*pace);
  return {};
}

Result<> take_skip_verify(const VaultVariable& found, Reading&) {
  if (!TRY(flag(found))) return {};
  return not_done(found, "certificates are always verified; set 'ca_file' to the vault's authority");
}

Result<> take_srv_lookup(const VaultVariable& found, Reading& into) {
  into.looks_up = TRY(flag(found));
  return {};
}

// Where several are about one thing the first counts, and the others are not looked at.
struct Row {
  const char* suffix;
  Result<> (*take)(const VaultVariable& found, Reading& into);  // null: not done here
  const char* instead = "";
};
constexpr std::array kRows = {
    Row{"AGENT_ADDR", &take_address},
    Row{"ADDR", &take_address},
    Row{"NAMESPACE", &take_namespace},
    Row{"CACERT", &take_ca_file},
    Row{"CACERT_BYTES", &take_ca_text},
    Row{"CAPATH", &take_ca_folder},
    Row{"CLIENT_TIMEOUT", &take_timeout},
    Row{"MAX_RETRIES", &take_retries},
    Row{"DISABLE_REDIRECTS", &take_no_redirects},
    Row{"CLIENT_CERT", &take_half<&Reading::files, &Pair::certificate>},
    Row{"CLIENT_KEY", &take_half<&Reading::files, &Pair::key>},
    Row{"CLIENT_CERT_BYTES", &take_half<&Reading::texts, &Pair::certificate>},
    Row{"CLIENT_KEY_BYTES", &take_half<&Reading::texts, &Pair::key>},
    Row{"TLS_SERVER_NAME", &take_server_name},
    Row{"PROXY_ADDR", &take_proxy},
    Row{"HTTP_PROXY", &take_proxy},
    Row{"SKIP_VERIFY", &take_skip_verify},
    Row{"SRV_LOOKUP", &take_srv_lookup},
    Row{"RATE_LIMIT", &take_rate},
    Row{"WRAP_TTL", nullptr, "unset it: a wrapped answer cannot be read"},
    Row{"MFA", &take_second_factors},
    Row{"HEADERS", &take_headers},
};

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

Result<net::Route> parse_vault_proxy(std::string_view text) {
  const auto bad = [] {
    return fail(ErrorCode::invalid_input, "http://HOST:PORT is expected, or https:// or socks5://");
  };
  const size_t scheme_end = std::min(text.find("://"), text.size());
  const auto scheme = std::find_if(kProxySchemes.begin(), kProxySchemes.end(), [&](const ProxyScheme& each) {
    return each.written == text.substr(0, scheme_end);
  });
  if (scheme == kProxySchemes.end()) return bad();
  text.remove_prefix(scheme_end + 3);
  if (text.ends_with('/')) text.remove_suffix(1);
  net::Route route;
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) {
    if (!is_login(text.substr(0, at))) return bad();
    route.proxy_login = std::make_shared<const Secret>(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  if (text.find_first_of("/?") != std::string_view::npos) return bad();
  // The two differ where no port is given.
  const auto one = net::parse_url("http://" + std::string(text));
  const auto other = net::parse_url("https://" + std::string(text));
  if (!one || !other) return bad();
  const int port = one->port == other->port ? one->port : scheme->port;
  const bool is_ipv6 = one->host.find(':') != std::string::npos;
  route.proxy = scheme->meant + std::string("://") + (is_ipv6 ? "[" + one->host + "]" : one->host) + ":" +
                std::to_string(port);
  return route;
}

Result<std::shared_ptr<net::Pace>> parse_vault_rate(std::string_view text) {
  const auto bad = [] {
    return fail(ErrorCode::invalid_input,
                "RATE or RATE:BURST is expected, a second and at once, from 0.1 and 1");
  };
  const auto rate = take_number(text);
  if (!rate || *rate < 0.1 || *rate > kFastest) return bad();
  int burst = std::max(1, static_cast<int>(*rate));
  if (!text.empty()) {
    const auto [stop, problem] = std::from_chars(text.data() + 1, text.data() + text.size(), burst);
    if (text[0] != ':' || problem != std::errc() || stop != text.data() + text.size() || burst < 1 ||
        burst > kFastest)
      return bad();
  }
  return std::make_shared<net::Pace>(*rate, burst);
}

Result<VaultVariables> read_vault_variables(const Environment& environment) {
  Reading reading;
  for (const Row& row : kRows) {
    VaultVariable found = vault_variable(environment, row.suffix);
    if (!found) continue;
    if (row.take == nullptr) return not_done(found, row.instead);
    const auto taken = row.take(found, reading);
    wipe(found.value);  // some hold a password
    TRY(taken);
  }
  TRY(settle_certificate(reading));
  return VaultVariables(std::move(reading));
}

}  // namespace scoped::store
