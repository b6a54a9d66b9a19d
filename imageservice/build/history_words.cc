// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/history_words.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

namespace berth::imageservice {
namespace {

// Told of what fills the file system.
constexpr char kMark[] = " # buildkit";

std::string Quoted(const std::vector<std::string>& words) {
  return absl::StrCat("[",
                      absl::StrJoin(words, " ",
                                    [](std::string* out, const std::string& word) {
                                      absl::StrAppend(out, "\"", absl::Utf8SafeCEscape(word), "\"");
                                    }),
                      "]");
}

}  // namespace

std::string RunWords(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& command) {
  std::string words = "RUN ";
  if (!arguments.empty()) {
    absl::StrAppend(&words, "|", arguments.size(), " ", absl::StrJoin(arguments, " "), " ");
  }
  return absl::StrCat(words, absl::StrJoin(command, " "), kMark);
}

std::string CopyWords(const CopyInstruction& copy) {
  std::string words = copy.is_add ? "ADD " : "COPY ";
  if (!copy.chown.empty()) {
    absl::StrAppend(&words, "--chown=", copy.chown, " ");
  }
  if (!copy.chmod.empty()) {
    absl::StrAppend(&words, "--chmod=", copy.chmod, " ");
  }
  if (copy.link) {
    absl::StrAppend(&words, "--link ");
  }
  for (const std::string& source : copy.sources) {
    absl::StrAppend(&words, source, " ");
  }
  for (const Heredoc& file : copy.files) {
    absl::StrAppend(&words, "<<", file.name, " ");
  }
  return absl::StrCat(words, copy.destination, kMark);
}

std::string WorkdirWords(const std::string& path) {
  return absl::StrCat("WORKDIR ", path);
}

std::string ListWords(const std::string& keyword, const std::vector<std::string>& words) {
  return absl::StrCat(keyword, " ", Quoted(words));
}

std::string HealthCheckWords(const HealthCheckInstruction& check) {
  return absl::StrCat(
      "HEALTHCHECK &{", Quoted(check.test), " \"", absl::FormatDuration(check.interval), "\" \"",
      absl::FormatDuration(check.timeout), "\" \"", absl::FormatDuration(check.start_period),
      "\" \"", absl::FormatDuration(check.start_interval), "\" '", check.retries, "'}");
}

}  // namespace berth::imageservice
