// Runs a fuzz target without libFuzzer, so that GCC's test suite can: over the files and folders that it is
// given, or, given none, over inputs made by mutating the texts below, the same ones in every run.
//
// usage: NAME_fuzz [--rounds N] [--seed S] [FILE|FOLDER]...
// Last line: "N inputs". A broken property aborts, after the input was printed in hex.
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using namespace std::literals;

// One text of each grammar that some parser here reads; a target's mutations begin with all of them.
constexpr std::array kSeeds = {
    ""sv,
    "null"sv,
    R"({"a":1,"b":[true,false,null,-0.5e-3,"\u00e9\ud83d\ude00\n"],"c":{"d":{}}})"sv,
    "{ // comment\n \"registries\": { \"r.azurecr.io\": { \"tokens\": { \"t\": {} } } } /* end */ }"sv,
    R"({"error":{"code":"TooManyRequests","message":"slow down","details":[]}})"sv,
    R"({"schema":1,"registry":"r.azurecr.io","token":"t","username":"t","password":"p","slot":"password1",)"
    R"("generation":3,"created_at":"2026-01-01T00:00:00.1234567Z","offline_seconds":60,"write_id":"00"})"sv,
    "2026-02-28T23:59:59.9999999+05:30"sv,
    "Sun, 06 Nov 1994 08:49:37 GMT"sv,
    "90d"sv,
    "https://user:word@r.azurecr.io:5000/v2/demo/app?service=a&scope=repository:demo/app:pull,push#x"sv,
    "https://r.azurecr.io/v2/\n"sv,
    R"({"ServerURL":"https://r.azurecr.io","Username":"t","Secret":"p"})"sv,
    R"({"kind":"CredentialProviderRequest","apiVersion":"credentialprovider.kubelet.k8s.io/v1","image":"r.io/v2/a"})"sv,
    "r.azurecr.io:5000/v1/team/app:1.2@sha256:00"sv,
    "Bearer realm=\"https://r.azurecr.io/oauth2/token\",service=\"r.azurecr.io\",scope=\"repository:a:pull\""sv,
    "eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjF9.AAAA"sv,
    "demo%2Fapp%00.rec"sv,
    "Visits | where At > ago(1d) and Who !in ('a') | summarize Last = max(At), make_set(Who, 2) by Who | take 2"sv,
    "\0\0\0\x05\x01get\n"sv,
    "\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80"sv,
};

constexpr std::array kWords = {"\""sv,
                               "\\"sv,
                               "{"sv,
                               "}"sv,
                               "[["sv,
                               "]"sv,
                               ","sv,
                               ":"sv,
                               "\n"sv,
                               "\0"sv,
                               "//"sv,
                               "/*"sv,
                               "-"sv,
                               "1e999"sv,
                               "0."sv,
                               "T"sv,
                               "Z"sv,
                               "+14"sv,
                               "://"sv,
                               "%"sv,
                               "\\ud800"sv,
                               "=="sv,
                               "../"sv,
                               ":443"sv,
                               "@"sv,
                               "\r\n"sv,
                               "\xff"sv,
                               "null"sv,
                               "18446744073709551616"sv};

std::string current;  // for the report of a broken property

void report_input(int) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string line = "broken on input (hex): ";
  for (char c : current) {
    line += kDigits[static_cast<unsigned char>(c) >> 4];
    line += kDigits[static_cast<unsigned char>(c) & 15];
  }
  line += "\n";
  if (write(STDERR_FILENO, line.data(), line.size()) < 0) _exit(1);
}

void run_one(std::string input) {
  current = std::move(input);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(current.data()), current.size());
}

size_t replay(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) {
    std::vector<std::filesystem::path> inside;
    for (const auto& entry : std::filesystem::directory_iterator(path)) inside.push_back(entry.path());
    std::sort(inside.begin(), inside.end());
    size_t count = 0;
    for (const auto& each : inside) count += replay(each);
    return count;
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    fprintf(stderr, "cannot read '%s'\n", path.c_str());
    exit(2);
  }
  run_one({std::istreambuf_iterator<char>(file), {}});
  return 1;
}

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : engine_(seed) {}

  std::string next() {
    std::string text(kSeeds[below(kSeeds.size())]);
    const size_t changes = below(6);
    for (size_t i = 0; i < changes; ++i) change(text);
    return text;
  }

 private:
  size_t below(size_t bound) { return static_cast<size_t>(engine_() % bound); }

  void change(std::string& text) {
    const size_t at = below(text.size() + 1);
    const size_t length = below(std::min<size_t>(text.size() - at, 16) + 1);
    const std::string piece = text.substr(at, length);
    switch (below(6)) {
      case 0:
        text.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(below(text.size() + 1), piece);
        break;
      case 4:
        text.insert(at, kWords[below(kWords.size())]);
        break;
      default:
        text.insert(at, std::string(kSeeds[below(kSeeds.size())]).substr(0, 64));
    }
  }

  std::mt19937_64 engine_;
};

}  // namespace

int main(int argc, char** argv) {
  signal(SIGABRT, &report_input);
  unsigned long rounds = 20'000, seed = 1;
  size_t count = 0;
  bool given = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if ((argument == "--rounds" || argument == "--seed") && i + 1 < argc) {
      (argument == "--rounds" ? rounds : seed) = strtoul(argv[++i], nullptr, 10);
      continue;
    }
    given = true;
    count += replay(argv[i]);
  }
  if (!given) {
    for (std::string_view text : kSeeds) run_one(std::string(text));
    Mutator mutator(seed);
    for (unsigned long i = 0; i < rounds; ++i) run_one(mutator.next());
    count = kSeeds.size() + rounds;
  }
  printf("%zu inputs\n", count);
  return 0;
}
