// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/template_printf.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "cri/cli/template_functions.h"

namespace berth::cli {
namespace {

constexpr int64_t kMaxWidth = 1000;  // and precision
constexpr int64_t kNone = -1;

struct Directive {
  bool left = false, plus = false, sharp = false, space = false, zero = false;
  int64_t width = 0;
  int64_t precision = kNone;
  char verb = 'v';
};

const char* TypeOf(const Json& value) {
  return value.is_string()           ? "string"
         : value.is_boolean()        ? "bool"
         : value.is_number_integer() ? "int"
         : value.is_number()         ? "float64"
         : value.is_array()          ? "[]interface {}"
         : value.is_object()         ? "map[string]interface {}"
                                     : "<nil>";
}

std::string GoText(const Json& value) {
  return value.is_null() ? "<nil>" : TemplateText(value);
}

std::string Typed(const Json& value) {
  return value.is_null() ? "<nil>" : absl::StrCat(TypeOf(value), "=", GoText(value));
}

std::string Misplaced(char verb, const Json& value) {
  return absl::StrCat("%!", std::string(1, verb), "(", Typed(value), ")");
}

bool Continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;  // a character of UTF-8
}

size_t CharactersOf(absl::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), Continues));
}

// The first `count` characters.
std::string Cut(const std::string& text, int64_t count) {
  size_t end = 0;
  while (end < text.size() && (count > 0 || Continues(text[end]))) {
    count -= Continues(text[end]) ? 0 : 1;
    ++end;
  }
  return text.substr(0, end);
}

std::string Padded(const std::string& text, const Directive& directive, size_t zeros_behind) {
  const auto width = static_cast<size_t>(directive.width);
  const size_t size = CharactersOf(text);
  const size_t missing = width > size ? width - size : 0;
  if (directive.left) {
    return text + std::string(missing, ' ');
  }
  return directive.zero ? absl::StrCat(text.substr(0, zeros_behind), std::string(missing, '0'),
                                       text.substr(zeros_behind))
                        : std::string(missing, ' ') + text;
}

std::string Quoted(const std::string& text, char mark) {
  constexpr absl::string_view kLetters = "abtnvfr";  // of the control characters from 7 on
  constexpr int kFirst = '\a';
  std::string out(1, mark);
  for (const char c : text) {
    const int letter = c - kFirst;
    if (c == mark || c == '\\') {
      out += {'\\', c};
    } else if (letter >= 0 && letter < static_cast<int>(kLetters.size())) {
      out += {'\\', kLetters[static_cast<size_t>(letter)]};
    } else if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + mark;
}

std::string Character(uint64_t code) {
  constexpr uint64_t kLast = 0x10ffff;
  const auto byte = [&](int shift, unsigned lead, unsigned mask) {
    return static_cast<char>(lead | ((code >> shift) & mask));
  };
  if (code < 0x80) {
    return {static_cast<char>(code)};
  }
  if (code < 0x800) {
    return {byte(6, 0xc0, 0x1f), byte(0, 0x80, 0x3f)};
  }
  if (code < 0x10000) {
    return {byte(12, 0xe0, 0x0f), byte(6, 0x80, 0x3f), byte(0, 0x80, 0x3f)};
  }
  return code > kLast ? "\xef\xbf\xbd"
                      : std::string{byte(18, 0xf0, 0x07), byte(12, 0x80, 0x3f), byte(6, 0x80, 0x3f),
                                    byte(0, 0x80, 0x3f)};
}

std::string Hexadecimal(const std::string& bytes, char verb) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    absl::StrAppend(&out,
                    verb == 'x' ? absl::StrFormat("%02x", byte) : absl::StrFormat("%02X", byte));
  }
  return out;
}

std::string TextOf(const Directive& directive, const Json& value) {
  std::string text = value.get<std::string>();
  text = directive.precision == kNone ? text : Cut(text, directive.precision);
  switch (directive.verb) {
    case 'v':
    case 's':
      return Padded(text, directive, 0);
    case 'q':
      return Padded(Quoted(text, '"'), directive, 0);
    case 'x':
    case 'X':
      return Padded(Hexadecimal(text, directive.verb), directive, 0);
    default:
      return Misplaced(directive.verb, value);
  }
}

// Without a sign.
std::string DigitsOf(uint64_t number, char verb) {
  std::array<char, 64> digits = {};
  const int base = verb == 'b' ? 2 : verb == 'o' || verb == 'O' ? 8 : verb == 'd' ? 10 : 16;
  const auto end = std::to_chars(digits.begin(), digits.end(), number, base).ptr;
  std::string text(digits.begin(), end);
  return verb == 'X' || verb == 'U' ? absl::AsciiStrToUpper(text) : text;
}

std::string IntegerOf(Directive directive, const Json& value) {
  constexpr size_t kLeastOfCode = 4;
  const char verb = directive.verb == 'v' ? 'd' : directive.verb;
  if (!absl::StrContains("dobxXOcqU", absl::string_view(&verb, 1))) {
    return Misplaced(verb, value);
  }
  const bool is_negative = value < 0;
  const auto raw = value.get<uint64_t>();
  const uint64_t number = is_negative ? 0 - raw : raw;
  if (verb == 'c' || verb == 'q') {
    const std::string character = Character(raw);
    return Padded(verb == 'c' ? character : Quoted(character, '\''), directive, 0);
  }
  std::string digits = DigitsOf(number, verb);
  const size_t least = verb == 'U'                    ? kLeastOfCode
                       : directive.precision == kNone ? 0
                                                      : static_cast<size_t>(directive.precision);
  digits.insert(0, least > digits.size() ? least - digits.size() : 0, '0');
  std::string sign = is_negative ? "-" : directive.plus ? "+" : directive.space ? " " : "";
  absl::StrAppend(&sign, verb == 'U'                      ? "U+"
                         : verb == 'O'                    ? "0o"
                         : directive.sharp && verb == 'x' ? "0x"
                         : directive.sharp && verb == 'X' ? "0X"
                         : directive.sharp && verb == 'o' ? "0"
                         : directive.sharp && verb == 'b' ? "0b"
                                                          : "");
  directive.zero = directive.zero && directive.precision == kNone;
  return Padded(sign + digits, directive, sign.size());
}

// As few digits as say it, which is what %g has.
std::string ShortestOf(double number) {
  constexpr int kLeastExponent = -4, kLargeExponent = 6;  // there it is in the form of %e
  std::array<char, 32> digits = {};
  const auto end =
      std::to_chars(digits.begin(), digits.end(), number, std::chars_format::scientific).ptr;
  const std::string text(digits.begin(), end);
  int exponent = 0;
  if (!absl::SimpleAtoi(text.substr(text.find('e') + 1), &exponent) || exponent < kLeastExponent ||
      exponent >= kLargeExponent) {
    return text;
  }
  return {digits.begin(),
          std::to_chars(digits.begin(), digits.end(), number, std::chars_format::fixed).ptr};
}

std::string DigitsOf(double number, char verb, int64_t precision) {
  constexpr int kUsualPrecision = 6;
  constexpr size_t kLongest = 512 + kMaxWidth;
  const bool is_general = verb == 'g' || verb == 'G';
  if (is_general && precision == kNone) {
    return ShortestOf(number);
  }
  std::array<char, kLongest> digits = {};
  const auto format = is_general    ? std::chars_format::general
                      : verb == 'f' ? std::chars_format::fixed
                                    : std::chars_format::scientific;
  const int count = precision == kNone ? kUsualPrecision : static_cast<int>(precision);
  return {digits.begin(), std::to_chars(digits.begin(), digits.end(), number, format, count).ptr};
}

std::string FloatOf(const Directive& directive, const Json& value) {
  const char verb = directive.verb == 'v' ? 'g' : directive.verb == 'F' ? 'f' : directive.verb;
  if (!absl::StrContains("feEgG", absl::string_view(&verb, 1))) {
    return Misplaced(verb, value);
  }
  std::string text = DigitsOf(value.get<double>(), verb, directive.precision);
  if (verb == 'E' || verb == 'G') {
    text = absl::AsciiStrToUpper(text);
  }
  const bool has_sign = absl::StartsWith(text, "-");
  if (!has_sign && (directive.plus || directive.space)) {
    text.insert(0, directive.plus ? "+" : " ");
  }
  return Padded(text, directive, has_sign || directive.plus || directive.space ? 1 : 0);
}

std::string ValueOf(const Directive& directive, const Json& value);

std::string MembersOf(const Directive& directive, const Json& value) {
  if (value.is_array()) {
    const auto append = [&](std::string* out, const Json& each) {
      absl::StrAppend(out, ValueOf(directive, each));
    };
    return absl::StrCat("[", absl::StrJoin(value, " ", append), "]");
  }
  std::map<std::string, std::string> members;  // sorted, as Go's
  for (const auto& [key, member] : value.items()) {
    members[ValueOf(directive, Json(key))] = ValueOf(directive, member);
  }
  return absl::StrCat("map[", absl::StrJoin(members, " ", absl::PairFormatter(":")), "]");
}

std::string ValueOf(const Directive& directive, const Json& value) {
  if (directive.verb == 'T') {
    return Padded(TypeOf(value), directive, 0);
  }
  if (value.is_string()) {
    return TextOf(directive, value);
  }
  if (value.is_number_integer()) {
    return IntegerOf(directive, value);
  }
  if (value.is_number()) {
    return FloatOf(directive, value);
  }
  if (value.is_structured()) {
    return MembersOf(directive, value);
  }
  const bool fits = directive.verb == 'v' || (value.is_boolean() && directive.verb == 't');
  return fits ? Padded(GoText(value), directive, 0) : Misplaced(directive.verb, value);
}

absl::Status ReadNumber(absl::string_view& rest, int64_t& number) {
  size_t digits = 0;
  while (digits < rest.size() && absl::ascii_isdigit(static_cast<unsigned char>(rest[digits]))) {
    ++digits;
  }
  if (digits > 0 && (!absl::SimpleAtoi(rest.substr(0, digits), &number) || number > kMaxWidth)) {
    return absl::InvalidArgumentError("--format: printf: the width is too large");
  }
  rest.remove_prefix(digits);
  return absl::StartsWith(rest, "*")
             ? absl::InvalidArgumentError("--format: printf takes no width from its values")
             : absl::OkStatus();
}

// All of it but the verb.
absl::Status ReadDirective(absl::string_view& rest, Directive& directive) {
  for (; !rest.empty(); rest.remove_prefix(1)) {
    bool* const flag = rest[0] == '-'   ? &directive.left
                       : rest[0] == '+' ? &directive.plus
                       : rest[0] == '#' ? &directive.sharp
                       : rest[0] == ' ' ? &directive.space
                       : rest[0] == '0' ? &directive.zero
                                        : nullptr;
    if (flag == nullptr) {
      break;
    }
    *flag = true;
  }
  RETURN_IF_ERROR(ReadNumber(rest, directive.width));
  if (absl::ConsumePrefix(&rest, ".")) {
    directive.precision = 0;
    RETURN_IF_ERROR(ReadNumber(rest, directive.precision));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> FormatAsGo(absl::string_view format, const std::vector<Json>& values) {
  std::string out;
  auto next = values.begin();
  for (size_t percent = format.find('%'); percent != absl::string_view::npos;
       percent = format.find('%')) {
    absl::StrAppend(&out, format.substr(0, percent));
    format.remove_prefix(percent + 1);
    Directive directive;
    RETURN_IF_ERROR(ReadDirective(format, directive));
    if (format.empty()) {
      return absl::StrCat(out, "%!(NOVERB)");
    }
    directive.verb = format.front();
    format.remove_prefix(1);
    if (directive.verb == '%') {
      out += '%';
    } else if (next == values.end()) {
      absl::StrAppend(&out, "%!", std::string(1, directive.verb), "(MISSING)");
    } else {
      absl::StrAppend(&out, ValueOf(directive, *next++));
    }
  }
  absl::StrAppend(&out, format);
  if (next != values.end()) {
    const auto append = [](std::string* text, const Json& value) {
      absl::StrAppend(text, Typed(value));
    };
    absl::StrAppend(&out, "%!(EXTRA ", absl::StrJoin(next, values.end(), ", ", append), ")");
  }
  return out;
}

}  // namespace berth::cli
