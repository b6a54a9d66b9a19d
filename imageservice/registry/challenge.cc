// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/challenge.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxChallenges = 16;
constexpr size_t kMaxParameters = 16;  // of one challenge

bool IsTokenCharacter(char c) {
  constexpr absl::string_view kOthers = "!#$%&'*+-.^_`|~";
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         kOthers.find(c) != absl::string_view::npos;
}

// Consumes the text from the front as it reads.
class Reader {
 public:
  explicit Reader(absl::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  absl::string_view rest() const { return rest_; }
  void Restore(absl::string_view rest) { rest_ = rest; }

  void SkipSpace() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }
  void SkipSpaceAndCommas() {
    while (!rest_.empty() &&
           (rest_[0] == ',' || absl::ascii_isspace(static_cast<unsigned char>(rest_[0])))) {
      rest_.remove_prefix(1);
    }
  }
  bool Consume(absl::string_view text) { return absl::ConsumePrefix(&rest_, text); }

  // Empty when there is no token.
  std::string Token() {
    size_t length = 0;
    while (length < rest_.size() && IsTokenCharacter(rest_[length])) {
      ++length;
    }
    std::string token(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return token;
  }

  // A token or a quoted string; nullopt when it has no end.
  std::optional<std::string> Value() {
    if (!Consume("\"")) {
      return Token();
    }
    std::string value;
    for (size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return value;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) {
        break;
      }
      value.push_back(rest_[i]);
    }
    return std::nullopt;
  }

 private:
  absl::string_view rest_;
};

// `name = value`. False, with nothing consumed, when what follows is something else: most often the
// next challenge's scheme.
bool ReadParameter(Reader& reader, Challenge& challenge) {
  const absl::string_view before = reader.rest();
  std::string name = absl::AsciiStrToLower(reader.Token());
  reader.SkipSpace();
  if (!name.empty() && reader.Consume("=")) {
    reader.SkipSpace();
    if (std::optional<std::string> value = reader.Value()) {
      if (challenge.parameters.size() < kMaxParameters) {
        challenge.parameters.emplace(std::move(name), *std::move(value));
      }
      return true;
    }
  }
  reader.Restore(before);
  return false;
}

}  // namespace

std::string Challenge::parameter(absl::string_view name) const {
  auto found = parameters.find(std::string{name});
  return found == parameters.end() ? std::string() : found->second;
}

std::vector<Challenge> ParseChallenges(absl::string_view header) {
  std::vector<Challenge> challenges;
  Reader reader(header);
  while (challenges.size() < kMaxChallenges) {
    reader.SkipSpaceAndCommas();
    Challenge challenge{.scheme = absl::AsciiStrToLower(reader.Token()), .parameters = {}};
    if (challenge.scheme.empty()) {
      break;
    }
    do {
      reader.SkipSpaceAndCommas();
    } while (ReadParameter(reader, challenge));
    challenges.push_back(std::move(challenge));
  }
  return challenges;
}

}  // namespace berth::imageservice
