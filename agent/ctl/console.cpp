#include "agent/ctl/console.h"

#include "common/base/file.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace scoped::ctl {
namespace {

constexpr size_t kLongestInput = 64 << 10;

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// Echo off while it lives. A terminal that refuses leaves `works` false.
class NoEcho {
 public:
  NoEcho() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    works_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
  }
  ~NoEcho() {
    if (works_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  bool works() const { return works_; }

 private:
  termios before_{};
  bool works_ = false;
};

size_t terminal_width(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col;
}

// Shortened to fit, never within a character.
std::string_view fitting(std::string_view text, size_t width) {
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U;
    if (starts && ++characters > width) return text.substr(0, i);
  }
  return text;
}

void write_error(std::string_view text) { (void)write_all(STDERR_FILENO, text, "standard error"); }

}  // namespace

std::string harmless(std::string_view text) {
  std::string shown(text);
  std::replace_if(shown.begin(), shown.end(), is_control, '?');
  return shown;
}

Result<Secret> password_of(const Secret& input) {
  std::string_view text = input.reveal();
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.empty()) return fail(ErrorCode::invalid_input, "the password is empty");
  if (std::any_of(text.begin(), text.end(), is_control))
    return fail(ErrorCode::invalid_input, "the password has a control character in it: give one line");
  return Secret(text);
}

RealConsole::RealConsole(std::function<bool()> stopped) : stopped_(std::move(stopped)) {}
RealConsole::~RealConsole() { clear_progress(); }

void RealConsole::print(std::string_view text) {
  clear_progress();
  if (!write_all(STDOUT_FILENO, text, "standard output")) output_failed_ = true;
}

void RealConsole::line(std::string_view text) {
  clear_progress();
  write_error(harmless(text) + "\n");
}

void RealConsole::progress(std::string_view text, bool is_mark) {
  const std::string shown = harmless(text);
  if (isatty(STDERR_FILENO) == 0) {
    if (is_mark) write_error(shown + "\n");
    return;
  }
  write_error("\r\033[K" + std::string(fitting(shown, terminal_width(STDERR_FILENO) - 1)));
  progress_shown_ = true;
}

void RealConsole::clear_progress() {
  if (std::exchange(progress_shown_, false)) write_error("\r\033[K");
}

bool RealConsole::is_terminal() const { return isatty(STDOUT_FILENO) != 0; }

size_t RealConsole::width() const { return is_terminal() ? terminal_width(STDOUT_FILENO) : 0; }

void QuietConsole::line(std::string_view text) {
  if (!text.starts_with("scopedctl: note: ") && !text.starts_with("scopedctl: next: ")) inner_.line(text);
}

bool RealConsole::can_ask() const { return isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0; }

// A terminal gives whole lines; byte by byte, so that nothing behind the line is taken.
Result<Secret> RealConsole::read_line() {
  std::array<char, 4096> buffer;
  size_t size = 0;
  Result<Secret> line = fail(ErrorCode::cancelled, "stopped before there was an answer");
  while (!stopped_()) {
    pollfd waiting{STDIN_FILENO, POLLIN, 0};
    if (poll(&waiting, 1, 200) <= 0) continue;  // a signal, or nothing yet
    const ssize_t got = read(STDIN_FILENO, buffer.data() + size, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    if (buffer[size] == '\n') {
      line = Secret(std::string_view(buffer.data(), size));
      break;
    }
    if (++size == buffer.size()) {
      line = fail(ErrorCode::invalid_input, "the line is too long");
      break;
    }
  }
  wipe(buffer.data(), buffer.size());
  return line;
}

Result<std::string> RealConsole::ask(std::string_view question) {
  clear_progress();
  write_error(question);
  return std::string(TRY(read_line()).reveal());
}

Result<Secret> RealConsole::ask_secret(std::string_view question) {
  clear_progress();
  const NoEcho silence;
  if (!silence.works()) return fail(ErrorCode::unavailable, "the terminal does not turn its echo off");
  write_error(question);
  return read_line();
}

Result<Secret> RealConsole::read_secret() {
  return Secret::take(TRY(read_all(STDIN_FILENO, kLongestInput, "standard input")));
}

}  // namespace scoped::ctl
