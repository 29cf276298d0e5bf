// The person at the other end: standard output for the answer, standard error for everything else, and
// questions where standard input is a terminal. Texts from outside are made harmless before they are shown.
// One thread.
#pragma once

#include "common/base/result.h"
#include "common/base/secret.h"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace scoped::ctl {

class Console {
 public:
  virtual ~Console() = default;
  virtual void print(std::string_view text) = 0;  // the answer, as it is
  virtual void line(std::string_view text) = 0;   // one line on standard error
  // What is under way: on a terminal one line that is written anew, elsewhere a line where it is a `mark`.
  virtual void progress(std::string_view text, bool is_mark) = 0;

  virtual bool is_terminal() const = 0;  // standard output is
  virtual size_t width() const = 0;      // of that terminal; 0 where it is none
  virtual bool can_ask() const = 0;
  // Both return without the newline. cancelled: interrupted, or the input has ended.
  virtual Result<std::string> ask(std::string_view question) = 0;
  virtual Result<Secret> ask_secret(std::string_view question) = 0;  // echo off
  virtual Result<Secret> read_secret() = 0;                          // standard input to its end
};

// On the process's own descriptors. `stopped` ends a question.
class RealConsole final : public Console {
 public:
  explicit RealConsole(std::function<bool()> stopped);
  ~RealConsole() override;
  void print(std::string_view text) override;
  void line(std::string_view text) override;
  void progress(std::string_view text, bool is_mark) override;
  bool is_terminal() const override;
  size_t width() const override;
  bool can_ask() const override;
  Result<std::string> ask(std::string_view question) override;
  Result<Secret> ask_secret(std::string_view question) override;
  Result<Secret> read_secret() override;
  // The answer could not be written, e.g. the disk behind standard output is full.
  bool output_failed() const { return output_failed_; }

 private:
  void clear_progress();
  Result<Secret> read_line();

  std::function<bool()> stopped_;
  bool output_failed_ = false;
  bool progress_shown_ = false;
};

// Another console without its progress and its notes ("scopedctl: note: ...", "scopedctl: next: ...").
class QuietConsole final : public Console {
 public:
  explicit QuietConsole(Console& inner) : inner_(inner) {}
  void print(std::string_view text) override { inner_.print(text); }
  void line(std::string_view text) override;
  void progress(std::string_view, bool) override {}
  bool is_terminal() const override { return inner_.is_terminal(); }
  size_t width() const override { return inner_.width(); }
  bool can_ask() const override { return inner_.can_ask(); }
  Result<std::string> ask(std::string_view question) override { return inner_.ask(question); }
  Result<Secret> ask_secret(std::string_view question) override { return inner_.ask_secret(question); }
  Result<Secret> read_secret() override { return inner_.read_secret(); }

 private:
  Console& inner_;
};

// Control characters replaced by '?', so that no text from outside steers a terminal. Pure.
std::string harmless(std::string_view text);
// A password as people paste or pipe it: one trailing newline removed. invalid_input: nothing is left, or a
// control character is in it.
Result<Secret> password_of(const Secret& input);

}  // namespace scoped::ctl
