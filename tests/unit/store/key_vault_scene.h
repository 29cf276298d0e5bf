// A store in a Key Vault of the emulator, without sockets: a FakeTransport that leads each request to the
// emulator's own tables by its host, and a real identity of Entra between them.
#pragma once

#include "common/identity/identity.h"
#include "common/store/key_vault.h"
#include "tests/emulator/key_vault.h"
#include "tests/support/fake_transport.h"
#include "tests/unit/emulator/world.h"
#include "tests/unit/store/contract.h"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace scoped::store::test {

using scoped::test::Answer;
using scoped::test::SentRequest;

struct KeyVaultScene {
  emulator_test::World cloud;
  scoped::test::FakeTransport transport{&cloud.clock};
  SystemRandom random;
  std::string address = "https://corp.vault.azure.net";
  std::vector<Answer> next = {};  // of the vault, given instead, in order
  std::atomic<int> waits{0};
  bool waiting = true;  // false: asked to stop
  record::RecordName name{"r.azurecr.io", "ci-main"};
  const std::string secret = "registry-tokens--r-azurecr-io--ci-main";
  config::Typed settings;
  config::Typed login;

  KeyVaultScene() {
    settings.name = "corp";
    settings.type = "key_vault";
    settings.values = {{"prefix", "registry-tokens"}, {"identity", "host"}};
    const emulator::Facts& facts = cloud.site.model.facts();
    login.name = "host";
    login.type = "entra_secret";
    login.values = {{"authority", cloud.site.parts.addresses.control},
                    {"tenant", facts.tenant},
                    {"client_id", facts.client_id},
                    {"client_secret", config::SecretSource{config::SecretSource::Kind::env, "SECRET"}}};
    variables_ = {{"SECRET", std::string(facts.client_secret.reveal())}};
    transport.handle(handler());
  }

  scoped::test::FakeTransport::Handler handler() {
    return [this](const SentRequest& request) { return play(request); };
  }
  Context context(const Environment& environment) {
    return {environment,
            cloud.clock,
            random,
            [this]() -> Result<net::Transport*> { return &transport; },
            [this](const std::string&, const net::Site& site) { return identity(site); },
            [this](std::chrono::milliseconds) { return ++waits > 0 && waiting; }};
  }
  Result<std::unique_ptr<RecordStore>> try_to_open() {
    settings.values["address"] = address;
    return open_store(settings, context(no_variables_));
  }
  std::unique_ptr<RecordStore> open() { return try_to_open().value(); }
  void save_one() { REQUIRE(open()->save(name, sample(name), Revision())); }

  // The state and line of a load.
  std::string said() {
    const LoadResult loaded = open()->load(name);
    return std::string(name_of(loaded.state)) + (loaded.why ? ": " + loaded.why->line() : "");
  }
  std::string said_after(const Answer& answer) {
    next.assign(9, answer);
    std::string text = said();
    next.clear();
    return text;
  }

  // What another client of the vault does; `path` is below the address.
  emulator::Answer az(const std::string& method, const std::string& path, const std::string& body = "") {
    const std::string bearer = cloud.fresh_bearer("https://vault.azure.net");
    return serve(method, "/" + path + "?api-version=7.4",
                 {{"Host", "corp.vault.azure.net"}, {"Authorization", "Bearer " + bearer}}, body);
  }
  const std::vector<emulator::VaultVersion>& versions() {
    return cloud.site.key_vault.all().at(secret).versions;
  }
  // The requests to the vault, "GET /secrets/...".
  std::string vault_lines() {
    std::string text;
    for (const SentRequest& each : transport.sent()) {
      if (!each.url.starts_with(address)) continue;
      const std::string path = each.url.substr(address.size());
      text += (text.empty() ? "" : "; ") + each.method + " " + path.substr(0, path.find('?'));
    }
    return text;
  }
  int logins() {
    int count = 0;
    for (const SentRequest& each : transport.sent()) count += each.url.ends_with("/oauth2/v2.0/token");
    return count;
  }

  std::map<std::string, std::string> variables_;

 private:
  Result<net::Authorizer*> identity(const net::Site& site) {
    const std::lock_guard lock(mutex_);
    auto& made = identities_[site.key()];
    if (made) return made.get();
    environments_.push_back(std::make_unique<FixedEnvironment>(variables_));  // the identity refers to it
    made = TRY(identity::make_identity(login, {transport, cloud.clock, *environments_.back(), random, site}));
    return made.get();
  }

  Result<Answer> play(const SentRequest& request) {
    const auto url = net::parse_url(request.url).value();
    emulator::Fields headers = {{"Host", request.url.substr(8, request.url.find('/', 8) - 8)},
                                {"Content-Type", request.content_type}};
    for (const auto& header : request.headers) headers.push_back(header);
    if (url.host == "localhost" && url.port == 1) return answer_of(entra(request, url, headers));
    if (take_next()) return given_;
    return answer_of(serve(request.method, url.path_and_query, headers, request.body));
  }
  bool take_next() {
    const std::lock_guard lock(mutex_);
    if (next.empty()) return false;
    given_ = next.front();
    next.erase(next.begin());
    return true;
  }
  emulator::Answer entra(const SentRequest& request, const net::Url& url, const emulator::Fields& headers) {
    const emulator::RouteTable tables[] = {emulator::kEntraTokens};
    return cloud.site.serve(
        emulator::make_request(request.method, url.path_and_query, headers, request.body).value(), tables,
        emulator::kEntra);
  }
  emulator::Answer serve(const std::string& method, const std::string& target,
                         const emulator::Fields& headers, const std::string& body) {
    const emulator::RouteTable tables[] = {emulator::kVaultSecrets};
    return cloud.site.serve(emulator::make_request(method, target, headers, body).value(), tables,
                            emulator::kKeyVault);
  }
  static Answer answer_of(const emulator::Answer& answer) {
    return {answer.status, answer.body, answer.headers};
  }

  std::mutex mutex_;
  Answer given_;
  const FixedEnvironment no_variables_{{}};
  std::vector<std::unique_ptr<FixedEnvironment>> environments_;
  std::map<std::string, std::unique_ptr<net::Authorizer>> identities_;
};

}  // namespace scoped::store::test
