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

// From the largest unit that it has, all smaller ones are named too: 1h0m0s.
std::string GoDuration(absl::Duration duration) {
  const int64_t minutes = duration / absl::Minutes(1);
  const std::string rest = absl::FormatDuration(duration % absl::Minutes(1));
  if (minutes == 0) {
    return rest == "0" ? "0s" : rest;
  }
  const std::string seconds =
      duration % absl::Minutes(1) < absl::Seconds(1)
          ? absl::StrCat(absl::ToDoubleSeconds(duration % absl::Minutes(1)), "s")
          : rest;
  return minutes < 60 ? absl::StrCat(minutes, "m", seconds)
                      : absl::StrCat(minutes / 60, "h", minutes % 60, "m", seconds);
}

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
  if (copy.parents) {
    absl::StrAppend(&words, "--parents ");
  }
  if (!copy.chown.empty()) {
    absl::StrAppend(&words, "--chown=", copy.chown, " ");
  }
  if (!copy.chmod.empty()) {
    absl::StrAppend(&words, "--chmod=", copy.chmod, " ");
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
      "HEALTHCHECK {Test:[", absl::StrJoin(check.test, " "),
      "] Interval:", GoDuration(check.interval), " Timeout:", GoDuration(check.timeout),
      " StartPeriod:", GoDuration(check.start_period),
      " StartInterval:", GoDuration(check.start_interval), " Retries:", check.retries, "}");
}

}  // namespace berth::imageservice
