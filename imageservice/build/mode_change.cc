// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/mode_change.h"

#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "imageservice/build/characters.h"

namespace berth::imageservice {
namespace {

constexpr mode_t kAll = 07777;
constexpr mode_t kExecute = 0111;
constexpr mode_t kSetIds = S_ISUID | S_ISGID;
constexpr size_t kMaxOctal = 5;  // digits

// Of 'u', 'g', 'o', 'a'; 0 for the rest. The sticky bit is nobody's and changes when it is named.
mode_t WhoseBits(char c) {
  return c == 'u'   ? S_ISUID | 0700
         : c == 'g' ? S_ISGID | 0070
         : c == 'o' ? 0007
         : c == 'a' ? kSetIds | 0777
                    : 0;
}

mode_t BitsOf(char c) {
  return c == 'r'   ? 0444
         : c == 'w' ? 0222
         : c == 'x' ? kExecute
         : c == 's' ? kSetIds
         : c == 't' ? S_ISVTX
                    : 0;
}

mode_t CopiedBits(mode_t mode, char from) {
  return ((mode >> (from == 'u' ? 6 : from == 'g' ? 3 : 0)) & 7) * kExecute;
}

absl::StatusOr<mode_t> ParseOctal(absl::string_view text) {
  mode_t mode = 0;
  bool valid = !text.empty() && text.size() <= kMaxOctal;
  for (const char c : text) {
    valid = valid && c >= '0' && c <= '7';
    mode = mode * 8 + static_cast<mode_t>(c - '0');
  }
  if (!valid || mode > kAll) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid chmod parameter: '", text,
                     "'. it should be octal string and between 0 and 07777"));
  }
  return mode;
}

}  // namespace

absl::Status ModeChange::ReadClause(absl::string_view& text, std::vector<Action>& actions) {
  mode_t who = 0;
  while (!text.empty() && WhoseBits(text.front()) != 0) {
    who |= WhoseBits(text.front());
    text.remove_prefix(1);
  }
  who = who == 0 ? WhoseBits('a') : who;
  bool has_action = false;
  while (!text.empty() && absl::StrContains("+-=", text.substr(0, 1))) {
    Action action;
    action.who = who;
    action.op = text.front();
    text.remove_prefix(1);
    for (; !text.empty(); text.remove_prefix(1)) {
      const char c = text.front();
      if (BitsOf(c) != 0) {
        action.bits |= BitsOf(c);
      } else if (c == 'X') {
        action.search = true;
      } else if (absl::StrContains("ugo", absl::string_view(&c, 1))) {
        action.copied = c;
      } else {
        break;
      }
    }
    action.who |= action.bits & S_ISVTX;
    actions.push_back(action);
    has_action = true;
  }
  return has_action ? absl::OkStatus() : absl::InvalidArgumentError("no +, - or =");
}

absl::StatusOr<ModeChange> ModeChange::Parse(absl::string_view text) {
  ModeChange change;
  if (text.empty() || IsDigit(text.front())) {
    ASSIGN_OR_RETURN(const mode_t mode, ParseOctal(text));
    change.actions_.push_back({.who = kAll, .op = '=', .bits = mode});
    return change;
  }
  absl::string_view rest = text;
  do {
    absl::Status read = ReadClause(rest, change.actions_);
    if (!read.ok() || (!rest.empty() && rest.front() != ',')) {
      return absl::InvalidArgumentError(
          absl::StrCat("invalid chmod parameter: '", text, "': invalid syntax"));
    }
  } while (absl::ConsumePrefix(&rest, ","));
  return change;
}

mode_t ModeChange::Apply(mode_t mode, bool is_directory) const {
  const bool searches = is_directory || (mode & kExecute) != 0;
  for (const Action& action : actions_) {
    mode_t bits = action.bits | (action.search && searches ? kExecute : 0);
    bits |= action.copied != 0 ? CopiedBits(mode, action.copied) : 0;
    bits &= action.who;
    if (action.op == '=') {
      mode &= ~action.who;
    }
    mode = action.op == '-' ? mode & ~bits : mode | bits;
  }
  return mode;
}

}  // namespace berth::imageservice
