#include "common/broker/frame.h"

namespace scoped::broker {
namespace {

constexpr std::string_view kRequestMagic = "SCQ1";
constexpr std::string_view kReplyMagic = "SCR1";
constexpr size_t kReplyStart = 3;  // said, exit code, flags
constexpr unsigned char kAlsoStderr = 1;

void append_header(std::string& frame, std::string_view magic, size_t rest) {
  frame += magic;
  for (unsigned shift = 0; shift < 32; shift += 8) frame += static_cast<char>((rest >> shift) & 0xff);
}

Result<uint32_t> parse_header(std::string_view header, std::string_view magic) {
  if (header.size() != kHeader || !header.starts_with(magic))
    return fail(ErrorCode::invalid_input, "not a broker's frame");
  uint32_t size = 0;
  for (size_t i = 0; i < 4; ++i)
    size |= static_cast<uint32_t>(static_cast<unsigned char>(header[magic.size() + i])) << (8 * i);
  if (size > kLongestFrame) return fail(ErrorCode::invalid_input, "a broker's frame is too long");
  return size;
}

tl::unexpected<Error> broken_frame() { return fail(ErrorCode::invalid_input, "a broker's frame is broken"); }

// One byte of size, then that many bytes.
Result<std::string> take_short(std::string_view& rest) {
  if (rest.empty()) return broken_frame();
  const size_t size = static_cast<unsigned char>(rest.front());
  if (rest.size() - 1 < size) return broken_frame();
  std::string text(rest.substr(1, size));
  rest.remove_prefix(1 + size);
  return text;
}

void append_short(std::string& frame, std::string_view text) {
  CHECK_INVARIANT(text.size() <= kLongestName);
  frame += static_cast<char>(text.size());
  frame += text;
}

bool is_known(Kind kind) { return kind == Kind::docker || kind == Kind::kubelet; }
bool is_known(Said said) { return said == Said::answer || said == Said::not_mine || said == Said::wait; }

}  // namespace

Secret encode(const Request& request) {
  const size_t rest = 1 + 1 + request.verb.size() + 1 + request.profile.size() + request.input.size();
  CHECK_INVARIANT(rest <= kLongestFrame);
  std::string frame;
  frame.reserve(kHeader + rest);  // so that no copy of the input stays behind in a freed buffer
  append_header(frame, kRequestMagic, rest);
  frame += static_cast<char>(request.kind);
  append_short(frame, request.verb);
  append_short(frame, request.profile);
  frame += request.input.reveal();
  return Secret::take(std::move(frame));
}

Secret encode(const Reply& reply) {
  const size_t rest = kReplyStart + reply.text.size();
  CHECK_INVARIANT(rest <= kLongestFrame);
  std::string frame;
  frame.reserve(kHeader + rest);
  append_header(frame, kReplyMagic, rest);
  frame += static_cast<char>(reply.said);
  frame += static_cast<char>(reply.exit_code);
  frame += static_cast<char>(reply.also_stderr ? kAlsoStderr : 0);
  frame += reply.text.reveal();
  return Secret::take(std::move(frame));
}

Result<uint32_t> parse_request_header(std::string_view header) { return parse_header(header, kRequestMagic); }
Result<uint32_t> parse_reply_header(std::string_view header) { return parse_header(header, kReplyMagic); }

Result<Request> parse_request(std::string_view rest) {
  if (rest.empty()) return broken_frame();
  Request request;
  request.kind = static_cast<Kind>(rest.front());
  if (!is_known(request.kind)) return broken_frame();
  rest.remove_prefix(1);
  request.verb = TRY(take_short(rest));
  request.profile = TRY(take_short(rest));
  request.input = Secret(rest);
  return request;
}

Result<Reply> parse_reply(std::string_view rest) {
  if (rest.size() < kReplyStart) return broken_frame();
  Reply reply;
  reply.said = static_cast<Said>(rest[0]);
  reply.exit_code = static_cast<unsigned char>(rest[1]);
  const auto flags = static_cast<unsigned char>(rest[2]);
  if (!is_known(reply.said) || (flags & ~kAlsoStderr) != 0) return broken_frame();
  reply.also_stderr = (flags & kAlsoStderr) != 0;
  reply.text = Secret(rest.substr(kReplyStart));
  return reply;
}

}  // namespace scoped::broker
