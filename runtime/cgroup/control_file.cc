// SPDX-License-Identifier: Apache-2.0
#include "runtime/cgroup/control_file.h"

#include <fcntl.h>

#include <cerrno>
#include <span>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/file.h"

namespace berth::runtime {
namespace {

// Limits of v1 count pages, so "none" reads as 2^63 less a page.
constexpr uint64_t kUnlimited = uint64_t{1} << 62;

constexpr size_t kFirstRead = 4096;

}  // namespace

absl::StatusOr<std::string> ReadControlFile(const std::string& path, size_t max_bytes) {
  const sys::ErrnoOr<sys::Fd> file = sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY);
  RETURN_IF_ERROR(ToStatus(file, "open ", path));
  std::string text;
  size_t used = 0;
  do {
    if (used > max_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat(path, " is over ", max_bytes, " bytes"));
    }
    text.resize(used == 0 ? kFirstRead : 2 * used);
    const sys::ErrnoOr<size_t> got = sys::ReadFull(file->get(), std::span(text).subspan(used));
    if (!got.ok() && got.error().code == ENODEV) {
      return absl::NotFoundError(absl::StrCat(path, ": the cgroup is gone"));
    }
    RETURN_IF_ERROR(ToStatus(got, "read ", path));
    used += *got;
  } while (used == text.size());
  text.resize(used);
  return text;
}

std::optional<uint64_t> FindKeyed(absl::string_view text, absl::string_view key) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    absl::string_view line = text.substr(0, end);
    text = end == absl::string_view::npos ? absl::string_view() : text.substr(end + 1);
    uint64_t value = 0;
    if (absl::StartsWith(line, key) && line.size() > key.size() && line[key.size()] == ' ' &&
        absl::SimpleAtoi(line.substr(key.size() + 1), &value)) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<uint64_t> ParseLimit(absl::string_view text) {
  uint64_t value = 0;
  if (!absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &value) || value >= kUnlimited) {
    return std::nullopt;
  }
  return value;
}

}  // namespace berth::runtime
