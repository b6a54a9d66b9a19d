// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/terminal_text.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <cstdint>

#include "base/utf8.h"

namespace berth::cli {
namespace {

constexpr char kEscape = '\x1b';
constexpr char kBell = '\a';

struct Character {
  size_t bytes = 1;
  uint32_t code = 0;
};

// The first of a text that is valid UTF-8 and not empty.
Character First(absl::string_view text) {
  const auto byte = [text](size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char lead = byte(0);
  const size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  Character character{.bytes = std::min(bytes, text.size()), .code = lead};
  if (bytes > 1) {
    character.code &= 0x7fU >> bytes;
    for (size_t i = 1; i < character.bytes; ++i) {
      character.code = character.code << 6 | (byte(i) & 0x3fU);
    }
  }
  return character;
}

// Controls, what turns the direction of what is beside it, and what nobody sees: the mark of the
// order of bytes, and tags, which spell ASCII.
bool IsActedUpon(uint32_t code) {
  return code < ' ' || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
         (code >= 0x2066 && code <= 0x2069) || code == 0x061c || code == 0x200e || code == 0x200f ||
         code == 0xfeff || (code >= 0xe0000 && code <= 0xe007f);
}

// ESC [ parameters, and a letter that says what is done with them.
size_t ControlSequence(absl::string_view text) {
  size_t at = 2;
  while (at < text.size() && text[at] >= 0x20 && text[at] < 0x40) {
    ++at;
  }
  return at < text.size() && text[at] >= 0x40 && text[at] < 0x7f ? at + 1 : 0;
}

// ESC ] and words for the terminal itself, until BEL or ESC and a backslash.
size_t SystemCommand(absl::string_view text) {
  const size_t end = text.find_first_of("\a\x1b", 2);
  if (end == absl::string_view::npos) {
    return 0;
  }
  return text[end] == kBell ? end + 1 : text.substr(end + 1, 1) == "\\" ? end + 2 : 0;
}

// How long the sequence is that begins the text; 0 where none does.
size_t SequenceLength(absl::string_view text) {
  if (text.size() < 2 || text[0] != kEscape) {
    return 0;
  }
  return text[1] == '[' ? ControlSequence(text) : text[1] == ']' ? SystemCommand(text) : 0;
}

// While it lives, this thread's characters are Unicode's.
class UnicodeLocale {
 public:
  UnicodeLocale() {
    static const locale_t kUnicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (kUnicode != nullptr) {
      before_ = uselocale(kUnicode);
    }
  }
  ~UnicodeLocale() {
    if (before_ != nullptr) {
      uselocale(before_);
    }
  }
  UnicodeLocale(const UnicodeLocale&) = delete;
  UnicodeLocale& operator=(const UnicodeLocale&) = delete;
  UnicodeLocale(UnicodeLocale&&) = delete;
  UnicodeLocale& operator=(UnicodeLocale&&) = delete;

 private:
  locale_t before_ = nullptr;
};

size_t ColumnsOfCode(uint32_t code) {
  const int columns = wcwidth(static_cast<wchar_t>(code));
  return columns < 0 ? 1 : static_cast<size_t>(columns);  // one that is not known
}

// Where the text ends that takes no more than so many columns, and how many it takes.
struct Extent {
  size_t bytes = 0;
  size_t columns = 0;
};
Extent Measure(absl::string_view text, size_t limit) {
  const UnicodeLocale unicode;
  Extent extent;
  while (extent.bytes < text.size()) {
    const Character next = First(text.substr(extent.bytes));
    const size_t columns = ColumnsOfCode(next.code);
    if (extent.columns + columns > limit) {
      break;
    }
    extent.columns += columns;
    extent.bytes += next.bytes;
  }
  return extent;
}

}  // namespace

std::string OneLine(absl::string_view text) {
  const std::string valid = ValidUtf8(text);
  absl::string_view rest = valid;
  std::string line;
  while (!rest.empty()) {
    if (const size_t length = SequenceLength(rest); length > 0) {
      rest.remove_prefix(length);
      continue;
    }
    const Character next = First(rest);
    const absl::string_view bytes = rest.substr(0, next.bytes);
    if (next.code == '\t' || next.code == '\n') {
      line += ' ';
    } else if (IsActedUpon(next.code)) {
      line += '?';
    } else {
      line.append(bytes.data(), bytes.size());
    }
    rest.remove_prefix(next.bytes);
  }
  return line;
}

std::string Printable(absl::string_view text) {
  const std::string valid = ValidUtf8(text);
  std::string shown;
  for (size_t at = 0; at < valid.size();) {
    const Character next = First(absl::string_view(valid).substr(at));
    const bool is_kept = next.code == '\n' || next.code == '\t' || next.code == '\r';
    shown += !is_kept && IsActedUpon(next.code) ? "?" : valid.substr(at, next.bytes);
    at += next.bytes;
  }
  return shown;
}

size_t ColumnsOf(absl::string_view text) {
  return Measure(text, SIZE_MAX).columns;
}

std::string CutTo(absl::string_view text, size_t columns) {
  return std::string(text.substr(0, Measure(text, columns).bytes));
}

}  // namespace berth::cli
