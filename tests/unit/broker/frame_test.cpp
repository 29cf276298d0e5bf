// Not tested here: what stands in the frames (answer, protocol). Arbitrary bytes are frame_fuzz's.
#include "common/broker/frame.h"

#include "tests/support/catch.h"

namespace scoped::broker {
namespace {

Request sample_request() {
  Request request;
  request.kind = Kind::kubelet;
  request.verb = "get";
  request.profile = "ci";
  request.input = Secret("myregistry.azurecr.io\n");
  return request;
}

Reply sample_reply() {
  Reply reply;
  reply.said = Said::answer;
  reply.exit_code = 1;
  reply.also_stderr = true;
  reply.text = Secret("denied\n");
  return reply;
}

std::string_view rest_of(const Secret& frame) { return frame.reveal().substr(kHeader); }

TEST_CASE("a request survives its frame", "[broker]") {
  const Secret frame = encode(sample_request());
  CHECK(parse_request_header(frame.reveal().substr(0, kHeader)).value() == rest_of(frame).size());
  const auto read = parse_request(rest_of(frame));
  REQUIRE(read);
  CHECK(read->kind == Kind::kubelet);
  CHECK(read->verb == "get");
  CHECK(read->profile == "ci");
  CHECK(read->input.reveal() == "myregistry.azurecr.io\n");
}

TEST_CASE("a reply survives its frame", "[broker]") {
  const Secret frame = encode(sample_reply());
  CHECK(parse_reply_header(frame.reveal().substr(0, kHeader)).value() == rest_of(frame).size());
  const auto read = parse_reply(rest_of(frame));
  REQUIRE(read);
  CHECK(read->said == Said::answer);
  CHECK(read->exit_code == 1);
  CHECK(read->also_stderr);
  CHECK(read->text.reveal() == "denied\n");
}

TEST_CASE("frames have the bytes that their description promises", "[broker]") {
  using namespace std::string_view_literals;
  CHECK(encode(sample_request()).reveal() == "SCQ1\x1e\0\0\0k\3get\2cimyregistry.azurecr.io\n"sv);
  CHECK(encode(sample_reply()).reveal() == "SCR1\x0a\0\0\0A\1\1denied\n"sv);
  CHECK(encode(Reply{Said::wait, 0, false, {}}).reveal() == "SCR1\x03\0\0\0W\0\0"sv);
}

TEST_CASE("the longest names and input fit into a frame", "[broker]") {
  Request request;
  request.verb = std::string(kLongestName, 'v');
  request.profile = std::string(kLongestName, 'p');
  request.input = Secret(std::string(1 << 20, 'x'));
  const Secret frame = encode(request);
  const auto size = parse_request_header(frame.reveal().substr(0, kHeader));
  REQUIRE(size);
  CHECK(parse_request(rest_of(frame)).value().input.size() == 1 << 20);
}

TEST_CASE("headers that are not ours are refused", "[broker]") {
  using namespace std::string_view_literals;
  const auto header = GENERATE(values<std::string_view>({""sv, "SCQ1"sv, "SCQ1\0\0\0"sv, "SCQ1\0\0\0\0\0"sv,
                                                         "SCQ2\1\0\0\0"sv, "SCR1\1\0\0\0"sv, "GET / HT"sv,
                                                         "SCQ1\x01\x10\x10\0"sv, "SCQ1\xff\xff\xff\xff"sv}));
  CAPTURE(header);
  const auto size = parse_request_header(header);
  REQUIRE_FALSE(size);
  CHECK(size.error().code() == ErrorCode::invalid_input);
}

TEST_CASE("the size of a frame is bounded to the byte", "[broker]") {
  using namespace std::string_view_literals;
  CHECK(parse_reply_header("SCR1\x00\x10\x10\x00"sv).value() == kLongestFrame);
  CHECK_FALSE(parse_reply_header("SCR1\x01\x10\x10\x00"sv));
}

TEST_CASE("a request that contradicts itself is refused", "[broker]") {
  using namespace std::string_view_literals;
  const auto rest = GENERATE(values<std::string_view>(
      {""sv, "d"sv, "d\3ge"sv, "d\3get"sv, "d\3get\2c"sv, "d\xffget\0"sv, "x\3get\0host"sv}));
  CAPTURE(rest);
  CHECK_FALSE(parse_request(rest));
}

TEST_CASE("a reply that contradicts itself is refused", "[broker]") {
  using namespace std::string_view_literals;
  const auto rest =
      GENERATE(values<std::string_view>({""sv, "A"sv, "A\0"sv, "x\0\0text"sv, "A\0\2text"sv, "A\0\x80"sv}));
  CAPTURE(rest);
  CHECK_FALSE(parse_reply(rest));
}

}  // namespace
}  // namespace scoped::broker
