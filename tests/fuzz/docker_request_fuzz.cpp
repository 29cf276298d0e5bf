// links: protocol json base
// Whatever a client sends: keys are trimmed and stable, what store reads survives being printed and read
// again under a key that get can ask for, a list is JSON that names what it was made of, and no error quotes
// the input.
#include "common/base/result.h"
#include "common/json/value.h"
#include "common/protocol/docker.h"
#include "common/protocol/texts.h"

#include <string_view>

using namespace scoped;

namespace {

void check_key(std::string_view input) {
  const auto key = protocol::parse_key(input);
  if (!key) {
    CHECK_INVARIANT(key.error().line() == protocol::kNoServerUrl ||
                    key.error().line() == protocol::kLineTooLong);
    return;
  }
  CHECK_INVARIANT(!key->empty() && key->size() <= input.size() && key->find('\n') == std::string::npos);
  if (key->size() < protocol::kLongestLine) CHECK_INVARIANT(protocol::parse_key(*key).value() == *key);
  const auto read = protocol::read_key(*key);
  if (!read) return;
  const bool bare = read->repository.empty();
  const auto again = protocol::read_key(bare ? read->registry : read->registry + "/" + read->repository);
  CHECK_INVARIANT(again && again->registry == read->registry && again->repository == read->repository);
}

void check_list(const protocol::StoreRequest& request) {
  const std::string text = protocol::format_list({{request.server_url, request.username}});
  CHECK_INVARIANT(text.ends_with("}\n") && text.find('\n') == text.size() - 1);
  const auto document = json::parse(text);
  CHECK_INVARIANT(document && document->object() != nullptr && document->object()->members().size() == 1);
  const json::Member& member = document->object()->members().front();
  CHECK_INVARIANT(member.key == request.server_url && member.value.text() != nullptr &&
                  *member.value.text() == request.username);
}

void check_store(std::string_view input) {
  const auto request = protocol::parse_store(Secret(input));
  if (!request) {
    CHECK_INVARIANT(request.error().line().size() < 80);
    return;
  }
  const auto key = protocol::parse_key(request->server_url);
  CHECK_INVARIANT(key && *key == request->server_url && !request->username.empty());
  check_list(*request);
  const Secret text = protocol::format_credentials(request->server_url, request->username, request->secret);
  if (text.size() >= protocol::kLongestLine) return;  // control characters grow when they are printed
  const auto again = protocol::parse_store(text);
  CHECK_INVARIANT(again && again->server_url == request->server_url && again->username == request->username &&
                  again->secret.equals(request->secret));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_key(input);
  check_store(input);
  return 0;
}
