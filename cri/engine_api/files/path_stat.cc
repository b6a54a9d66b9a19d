// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/files/path_stat.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/go_file_mode.h"
#include "base/json.h"
#include "base/path.h"
#include "base/time_text.h"

namespace berth::cri {
CopyPath ReadCopyPath(absl::string_view text) {
  CopyPath read;
  read.path = CleanPath(absl::StrCat("/", text));
  const bool names_content = text == "." || absl::EndsWith(text, "/.");
  read.is_directory = names_content || absl::EndsWith(text, "/") || text.empty();
  read.name = names_content ? "." : read.path == "/" ? "/" : std::string(BaseName(read.path));
  return read;
}

std::string PathStatValue(const std::string& name, const struct stat& info,
                          const std::string& link_target) {
  return absl::Base64Escape(FormatJson({{"name", name},
                                        {"size", info.st_size},
                                        {"mode", GoFileMode(info.st_mode)},
                                        {"mtime", TimeText(absl::TimeFromTimespec(info.st_mtim))},
                                        {"linkTarget", link_target}}));
}

}  // namespace berth::cri
