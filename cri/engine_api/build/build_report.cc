// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/build_report.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

// How many bytes at the end are the beginning of a character that is not whole.
size_t CutCharacter(absl::string_view text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) {
      return 0;
    }
    if (byte >= 0xC0) {
      const size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2;
      return length > back ? back : 0;
    }
  }
  return 0;
}

}  // namespace

void BuildReport::SayOf(std::optional<size_t> stage, absl::string_view text) {
  if (quiet_ || text.empty()) {
    return;
  }
  absl::MutexLock writing(&writing_);
  std::string& rest = rests_[stage];
  const std::string whole = absl::StrCat(rest, text);
  const size_t cut = CutCharacter(whole);
  rest = whole.substr(whole.size() - cut);
  if (whole.size() > cut) {
    write_(StreamLine(absl::string_view(whole).substr(0, whole.size() - cut), stage));
  }
}

void BuildReport::Finish(const imageservice::Image& image, const std::vector<std::string>& names) {
  absl::MutexLock writing(&writing_);
  write_(FormatJson({{"aux", {{"ID", image.id}}}}) + "\r\n");
  if (quiet_) {
    write_(StreamLine(image.id + "\n"));
    return;
  }
  write_(StreamLine(absl::StrCat("Successfully built ", image.id.substr(7, 12), "\n")));
  for (const std::string& name : names) {
    write_(
        StreamLine(absl::StrCat("Successfully tagged ", imageservice::FamiliarName(name), "\n")));
  }
}

std::string StreamLine(absl::string_view text, std::optional<size_t> stage) {
  Json line = {{"stream", std::string(text)}};
  if (stage.has_value()) {
    line["stage"] = *stage;
  }
  return FormatJson(line) + "\r\n";
}

std::string BuildErrorLine(const absl::Status& status, int code, size_t step) {
  const std::string message(status.message());
  Json detail = {{"message", message}};
  if (code != 0) {
    detail["code"] = code;
  }
  if (step != 0) {
    detail["step"] = step;
  }
  return FormatJson({{"errorDetail", std::move(detail)}, {"error", message}}) + "\r\n";
}

}  // namespace berth::cri
